// A tile over HTTP beside a constant answer of the same size from the same kind of server.
#include "storage/base/status.h"
#include "suyuan/v1/audit.pb.h"
#include "tests/bench/http_load.h"
#include "tests/support/system.h"

namespace suyuan::bench {

absl::StatusOr<Figures> Tile() {
  test::System system(test::Topology::kOneProcess);
  test::Actor& actor = system.AddParty("碧城合作社", {claim::v1::PARTY_ROLE_COOPERATIVE});
  while (system.LastSequence() < 300) system.AddPlot(actor);
  v1::GetRecordProofRequest proof;  // Its checkpoint holds the first 256 records.
  proof.set_sequence(system.LastSequence());
  RETURN_IF_ERROR(
      actor.Call<v1::GetRecordProofResponse>("AuditService/GetRecordProof", proof).status());
  ASSIGN_OR_RETURN(const BesideConstant tiles,
                   MeasureBesideConstant(system.portal().http_port(),
                                         [](int) { return std::string("/tile/0/000"); }));
  return Figures{{"tile_ratio", tiles.ratio},
                 {"tiles_per_second", tiles.per_second},
                 {"constant_pages_per_second", tiles.constant_per_second}};
}

}  // namespace suyuan::bench
