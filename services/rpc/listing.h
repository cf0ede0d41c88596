// A view of things by name and of lists of them, in the order of the log: what most modules need.
// A projection writes it, queries read pages of it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/message_lite.h"
#include "google/protobuf/repeated_field.h"
#include "services/rpc/paging.h"
#include "storage/index/rows.h"
#include "storage/kv/db.h"

namespace suyuan::rpc {

// The families of such a view.
enum ListingFamily {
  kListedThings,  // Name → position, message.
  kLists,         // "{list}|{position}" → name.
};
std::vector<kv::Family> ListingFamilies();

// Where a thing stands in its lists: the place of the event that made it.
std::string OldestFirst(uint64_t sequence, int index);
std::string NewestFirst(uint64_t sequence, int index);

// The name of `owner`'s own list, apart from the list of all.
std::string ListOf(std::string_view owner, std::string_view list);

void PutThing(index::Rows& rows, const std::string& name, std::string_view position,
              const google::protobuf::MessageLite& thing);
void AddToList(index::Rows& rows, std::string_view list, std::string_view position,
               std::string_view name);
void RemoveFromList(index::Rows& rows, std::string_view list, std::string_view position);

// False where there is no such thing. `position` may be null. DATA_LOSS: its row cannot be read.
absl::StatusOr<bool> FindThing(const kv::Db& db, const std::string& name,
                               google::protobuf::MessageLite* thing,
                               std::string* position = nullptr,
                               const kv::Snapshot* snapshot = nullptr);
absl::StatusOr<bool> FindThing(const index::Rows& rows, const std::string& name,
                               google::protobuf::MessageLite* thing, std::string* position);

// Adds one page of a list to `things`, all as of one moment, and answers next_page_token.
// REASON_PAGE_TOKEN_INVALID.
template <typename Message, typename Request>
absl::StatusOr<std::string> ListThings(const kv::Db& db, const Call& call, const Request& request,
                                       std::string_view list,
                                       google::protobuf::RepeatedPtrField<Message>* things) {
  absl::StatusOr<Page> page = PageOf(call, request, std::string(list) + "|");
  if (!page.ok()) return page.status();
  const std::unique_ptr<kv::Snapshot> snapshot = db.NewSnapshot();
  const std::unique_ptr<kv::Iterator> row = db.NewIterator(kLists, snapshot.get());
  return VisitPage(
      *page, *row, [&](std::string_view, std::string_view name) -> absl::StatusOr<bool> {
        return FindThing(db, std::string(name), things->Add(), nullptr, snapshot.get());
      });
}

}  // namespace suyuan::rpc
