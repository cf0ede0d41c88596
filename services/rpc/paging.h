// Pages of lists over views. A page token says where the next page begins, and is good only for the
// method, list and filter it was made for. It needs no memory of the server's.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/rpc/service.h"
#include "storage/kv/db.h"

namespace suyuan::rpc {

constexpr int kPageSizeDefault = 100;
constexpr int kPageSizeMax = 1000;
constexpr int kPageScanMax = 20'000;  // Rows looked at for one page, where a filter skips rows.

// The rows of a list are those whose keys begin with `prefix`, in the order of their keys.
struct Page {
  int size = kPageSizeDefault;
  std::string prefix;
  std::string after;  // Key of the last row the page before looked at; empty: the first page.
  std::string bound;  // What its token is bound to.
};

// `filter`: what else chooses among the rows. REASON_PAGE_TOKEN_INVALID: not a token of this list.
absl::StatusOr<Page> PageOf(const Call& call, int page_size, std::string_view page_token,
                            std::string prefix, std::string_view filter = "");
// `request` has page_size and page_token.
template <typename Request>
absl::StatusOr<Page> PageOf(const Call& call, const Request& request, std::string prefix,
                            std::string_view filter = "") {
  return PageOf(call, request.page_size(), request.page_token(), std::move(prefix), filter);
}

// The token of the page that begins after the row `key`.
std::string TokenAfter(const Page& page, std::string_view key);

// Gives the page's rows to `visit(key, value)` → absl::StatusOr<bool>, false where a filter skips
// the row, and answers next_page_token: empty where no row follows. A page may be shorter than
// asked for, even empty, and still have a next one.
template <typename Visit>
absl::StatusOr<std::string> VisitPage(const Page& page, kv::Iterator& row, Visit visit) {
  row.Seek(page.after.empty() ? page.prefix : page.after);
  if (!page.after.empty() && row.Valid() && row.key() == page.after) row.Next();
  std::string last;
  for (int taken = 0, seen = 0; row.Valid() && row.key().starts_with(page.prefix); row.Next()) {
    if (taken == page.size || seen == kPageScanMax) return TokenAfter(page, last);
    absl::StatusOr<bool> listed = visit(row.key(), row.value());
    if (!listed.ok()) return listed.status();
    taken += *listed;
    ++seen;
    last = row.key();
  }
  if (!row.status().ok()) return row.status();
  return std::string();
}

}  // namespace suyuan::rpc
