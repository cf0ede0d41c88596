// A tile over HTTP beside a constant page of the same size from the same kind of server.
#include "storage/base/status.h"
#include "suyuan/v1/audit.pb.h"
#include "tests/bench/http_load.h"
#include "tests/support/system.h"

namespace suyuan::bench {

absl::StatusOr<Figures> Tile() {
  constexpr size_t kTileBytes = 256 * 32;
  test::System system(test::Topology::kOneProcess);
  test::Actor& actor = system.AddParty("碧城合作社", {claim::v1::PARTY_ROLE_COOPERATIVE});
  while (system.LastSequence() < 300) system.AddPlot(actor);
  v1::GetRecordProofRequest proof;  // Its checkpoint holds the first 256 records.
  proof.set_sequence(system.LastSequence());
  RETURN_IF_ERROR(
      actor.Call<v1::GetRecordProofResponse>("AuditService/GetRecordProof", proof).status());
  const ConstantPage constant(kTileBytes);
  ASSIGN_OR_RETURN(const Load pages, GetAsFastAsCan(constant.port(), [](int) { return "/"; }));
  ASSIGN_OR_RETURN(const Load tiles,
                   GetAsFastAsCan(system.portal().http_port(), [](int) { return "/tile/0/000"; }));
  return Figures{{"tile_ratio", tiles.per_second / pages.per_second},
                 {"tiles_per_second", tiles.per_second},
                 {"constant_pages_per_second", pages.per_second}};
}

}  // namespace suyuan::bench
