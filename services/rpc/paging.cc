#include "services/rpc/paging.h"

#include <algorithm>

#include "services/domain/error.h"
#include "storage/base/bytes.h"
#include "storage/base/hash.h"
#include "storage/base/text.h"

namespace suyuan::rpc {
namespace {

constexpr size_t kSealSize = 8;

// Ties a position to its list. Not a secret: whoever makes up a token only starts elsewhere in a
// list that he may read.
std::string SealOf(std::string_view bound, std::string_view position) {
  return std::string(AsBytes(Sha256("suyuan-page-v1\n", bound, "\n", position)), 0, kSealSize);
}

}  // namespace

absl::StatusOr<Page> PageOf(const Call& call, int page_size, std::string_view page_token,
                            std::string prefix, std::string_view filter) {
  Page page;
  if (page_size > 0) page.size = std::min(page_size, kPageSizeMax);
  page.bound = StrCat(call.method, "\n", prefix, "\n", filter);
  page.prefix = std::move(prefix);
  if (page_token.empty()) return page;
  std::string bytes;
  const bool read = ParseHex(page_token, &bytes) && bytes.size() > kSealSize;
  if (!read || bytes.substr(0, kSealSize) != SealOf(page.bound, bytes.substr(kSealSize))) {
    return domain::Error(v1::REASON_PAGE_TOKEN_INVALID);
  }
  page.after = page.prefix + bytes.substr(kSealSize);
  return page;
}

std::string TokenAfter(const Page& page, std::string_view key) {
  const std::string_view position = key.substr(page.prefix.size());
  return HexOf(StrCat(SealOf(page.bound, position), position));
}

}  // namespace suyuan::rpc
