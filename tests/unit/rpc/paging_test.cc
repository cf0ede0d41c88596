#include "services/rpc/paging.h"

#include "services/domain/error.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "suyuan/v1/shipment.pb.h"
#include "tests/support/test.h"

namespace suyuan::rpc {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class PagingTest : public testing::Test {
 protected:
  PagingTest() {
    kv::DbOptions options;
    options.dir = dir_ / "db";
    options.families = {{"rows"}};
    options.durable = false;
    db_ = *kv::Db::Open(options);
    Put({"a|1", "b|1", "b|2", "b|3", "b|4", "b|5", "c|1"});
    call_.method = "/suyuan.v1.ShipmentService/ListShipments";
  }
  void Put(const std::vector<std::string>& keys) {
    kv::WriteBatch write;
    for (const std::string& key : keys) write.Put(0, key, key);
    SUYUAN_CHECK(db_->Write(write).ok());
  }
  absl::StatusOr<Page> PageOfList(const std::string& prefix, int size, const std::string& token,
                                  std::string_view filter = "") const {
    v1::ListShipmentsRequest request;
    request.set_page_size(size);
    request.set_page_token(token);
    return PageOf(call_, request, prefix, filter);
  }
  // The keys of one page of the rows "b|…"; `token` becomes the next page's.
  template <typename Listed>
  std::vector<std::string> Keys(int size, std::string* token, Listed listed) const {
    std::vector<std::string> keys;
    const std::unique_ptr<kv::Iterator> row = db_->NewIterator(0);
    *token = *VisitPage(*PageOfList("b|", size, *token), *row,
                        [&](std::string_view key, std::string_view) -> absl::StatusOr<bool> {
                          if (listed(key)) keys.emplace_back(key);
                          return listed(key);
                        });
    return keys;
  }
  std::vector<std::string> Keys(int size, std::string* token) const {
    return Keys(size, token, [](std::string_view) { return true; });
  }

  test::TempDir dir_;
  std::unique_ptr<kv::Db> db_;
  Call call_;
};

TEST_F(PagingTest, PagesHoldEachRowOfTheListOnceInOrder) {
  std::string token;
  EXPECT_THAT(Keys(2, &token), ElementsAre("b|1", "b|2"));
  EXPECT_THAT(Keys(2, &token), ElementsAre("b|3", "b|4"));
  EXPECT_THAT(Keys(2, &token), ElementsAre("b|5"));
  EXPECT_THAT(token, IsEmpty());
  EXPECT_EQ(Keys(0, &token).size(), 5u);
}

TEST_F(PagingTest, APageThatEndsWithTheListHasNoNext) {
  std::string token;
  EXPECT_EQ(Keys(5, &token).size(), 5u);
  EXPECT_THAT(token, IsEmpty());
}

// Rows come and go between two pages: what stood and stays is neither repeated nor left out.
TEST_F(PagingTest, ARowThatGoesOrComesBetweenPagesShiftsNothing) {
  std::string token;
  EXPECT_THAT(Keys(2, &token), ElementsAre("b|1", "b|2"));
  kv::WriteBatch write;
  write.Delete(0, "b|2");
  ASSERT_OK(db_->Write(write));
  Put({"b|0", "b|25"});
  EXPECT_THAT(Keys(9, &token), ElementsAre("b|25", "b|3", "b|4", "b|5"));
}

TEST_F(PagingTest, SkippedRowsDoNotCount) {
  std::string token;
  const auto odd = [](std::string_view key) { return (key.back() - '0') % 2 == 1; };
  EXPECT_THAT(Keys(2, &token, odd), ElementsAre("b|1", "b|3"));
  EXPECT_THAT(Keys(2, &token, odd), ElementsAre("b|5"));
  EXPECT_THAT(token, IsEmpty());
}

TEST_F(PagingTest, RefusesATokenOfAnotherListFilterOrMethodAndAChangedOne) {
  std::string token;
  Keys(2, &token);
  ASSERT_OK(PageOfList("b|", 2, token));
  std::string changed = token;
  changed.back() = changed.back() == '0' ? '1' : '0';
  for (const absl::StatusOr<Page>& page :
       {PageOfList("a|", 2, token), PageOfList("b|", 2, token, "open"), PageOfList("b|", 2, "zz"),
        PageOfList("b|", 2, "00"), PageOfList("b|", 2, changed)}) {
    EXPECT_EQ(domain::ReasonOf(page.status()), v1::REASON_PAGE_TOKEN_INVALID);
  }
  call_.method = "/suyuan.v1.RecallService/ListRecalls";
  EXPECT_EQ(domain::ReasonOf(PageOfList("b|", 2, token).status()), v1::REASON_PAGE_TOKEN_INVALID);
}

}  // namespace
}  // namespace suyuan::rpc
