#include "services/portal/page_cache.h"

#include "storage/base/text.h"
#include "tests/support/test.h"

namespace suyuan::portal {
namespace {

TEST(PageCacheTest, DrawsAPageOnceAndForgetsRatherThanGrows) {
  PageCache cache;
  int drawn = 0;
  const auto page = [&](int i) {
    return cache.Get(StrCat(i), [&] { return StrCat("page ", ++drawn); })->text();
  };
  EXPECT_EQ(page(1), "page 1");
  EXPECT_EQ(page(1), "page 1");
  EXPECT_EQ(page(2), "page 2");
  for (int i = 0; i < 10 * static_cast<int>(PageCache::kPagesMax); ++i) page(i);
  EXPECT_GT(drawn, 9 * static_cast<int>(PageCache::kPagesMax));
  const auto kept = cache.Get("kept", [] { return std::string("still here"); });
  for (int i = 0; i < 2 * static_cast<int>(PageCache::kPagesMax); ++i) page(-i - 1);
  EXPECT_EQ(kept->text(), "still here");  // For whoever is answering with it.
}

}  // namespace
}  // namespace suyuan::portal
