// The balance is checked at the version the event is appended at, so no interleaving of any
// processes can ship a gram twice.
#include <sys/wait.h>

#include <cstdio>

#include "storage/base/text.h"
#include "suyuan/v1/trace.pb.h"
#include "tests/support/system.h"

namespace suyuan::test {
namespace {

constexpr int kKilograms = 300;
constexpr int kProcesses = 2;

TEST(RaceTest, TwoProcessesNeverShipMoreThanThereIs) {
  System system(Topology::kSplit);
  Actor& farm = system.AddParty("碧城合作社", {claim::v1::PARTY_ROLE_COOPERATIVE});
  Actor& shop = system.AddParty("仁兴商店", {claim::v1::PARTY_ROLE_RETAILER});
  const std::string from = system.AddSite(farm, claim::v1::SITE_KIND_FARM);
  const std::string to = system.AddSite(shop, claim::v1::SITE_KIND_SHOP);
  const std::string batch =
      system.Harvest(farm, system.AddProduct(farm), system.AddPlot(farm), from, kKilograms);
  const std::string key_file = system.dir() + "/farm.pem";
  ASSERT_OK(farm.options().key->Save(key_file));
  const std::string command = StrCat(SUYUAN_SHIPPER, " ", system.dir(), "/run/ledger.sock ",
                                     key_file, " ", farm.party(), " ", farm.member(), " ", batch,
                                     " ", from, " ", to, " 20000 ", ToMicros(system.clock().Now()));
  FILE* shippers[kProcesses];
  for (FILE*& shipper : shippers) shipper = popen(command.c_str(), "re");
  int shipped = 0;
  for (FILE* shipper : shippers) {
    int kilograms = -1;
    EXPECT_EQ(std::fscanf(shipper, "%d", &kilograms), 1);
    EXPECT_EQ(pclose(shipper), 0);
    EXPECT_GT(kilograms, 0) << "one process did it all: there was no race";
    shipped += kilograms;
  }
  EXPECT_EQ(shipped, kKilograms);
  v1::ListStockRequest request;
  request.set_min_sequence(system.LastSequence());
  const auto stock = farm.Call<v1::ListStockResponse>("TraceService/ListStock", request);
  ASSERT_OK(stock);
  int64_t left = 0;
  for (const v1::StockLine& line : stock->lines()) {
    if (line.holding().site() == from) left += line.holding().quantity().amount();
  }
  EXPECT_EQ(left, 0);
}

}  // namespace
}  // namespace suyuan::test
