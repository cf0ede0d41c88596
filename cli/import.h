// Tables into signed requests: checked whole before anything is sent, safe to run again.
//
// A request's id is SHA-256 of what it says, so that the same rows are the same request for ever: a
// file that was cut short is continued by running it again, and what was recorded stays as it is.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/id_map.h"
#include "cli/say.h"
#include "google/protobuf/message.h"
#include "services/rpc/client.h"

namespace suyuan::cli {

struct ImportColumn {
  std::string name;     // As in the header.
  std::string chinese;  // Or so.
  // Path in the request; "+path" in the element each row adds, "+" the element itself.
  std::string path;
};

// One kind of table. A column "key" names what a row makes, for other tables to refer to; columns
// that begin with "_" are for people and filters.
struct ImportKind {
  std::string name;
  Say help;
  std::string method;
  std::string element;  // Repeated field that each row adds to; empty: a row is a request.
  // Rows one after the other with the same text in this column are one request, and say the same in
  // all columns outside the element. Empty with an element: as many rows as `rows_max`.
  std::string group;
  size_t rows_max = 1;
  std::string result;  // Field of the answer with the new name, or the names row by row.
  std::vector<ImportColumn> columns;
  std::function<void(google::protobuf::Message*)> finish;  // Before a request is signed.
};
const std::vector<ImportKind>& ImportKinds();
const ImportKind* FindImportKind(const std::string& name);

struct ImportRow {
  int line = 0;
  std::vector<std::string> cells;
};

// What is wrong with a row. `column`: its name; empty: the row as a whole.
struct ImportProblem {
  int line = 0;
  std::string column;
  absl::Status status;
};

struct ImportCounts {
  int64_t rows = 0;  // Recorded now or before.
  int64_t requests = 0;
  int64_t repeated = 0;  // Of the requests: recorded by an earlier run.
};

// Rows of one kind on their way. Thread-compatible.
class Import {
 public:
  // What a request is sent with; the answer goes into `response`.
  using Send = std::function<absl::Status(const std::string& method,
                                          const google::protobuf::Message& request,
                                          google::protobuf::Message* response)>;

  // INVALID_ARGUMENT: a column the kind does not have, or that stands twice. `ids` must outlive it.
  static absl::StatusOr<Import> Open(const ImportKind& kind, const std::vector<std::string>& header,
                                     IdMap* ids);

  // Everything that can be known of a row without a server. Remembers its key, so that later rows
  // may refer to it.
  std::vector<ImportProblem> Check(const ImportRow& row);

  // Adds a row; sends the request that it completes. What is refused, or cannot be made because
  // something it refers to was refused, is not recorded; the import may go on.
  std::vector<ImportProblem> Add(const ImportRow& row, const Send& send);
  std::vector<ImportProblem> Finish(const Send& send) { return Flush(send); }

  // Answers older than this were recorded by an earlier run.
  void set_started(absl::Time started) { started_ = started; }
  const ImportCounts& counts() const { return counts_; }

 private:
  Import(const ImportKind* kind, IdMap* ids) : kind_(kind), ids_(ids) {}
  std::vector<ImportProblem> Fill(const ImportRow& row, bool first,
                                  google::protobuf::Message* request) const;
  absl::StatusOr<std::string> Find(const std::string& collection, const std::string& key) const;
  std::vector<ImportProblem> CheckGroup(const ImportRow& row) const;
  std::string ColumnOf(const std::string& field) const;
  std::string Cell(const ImportRow& row, const std::string& column) const;
  std::vector<ImportProblem> Flush(const Send& send);
  std::vector<ImportProblem> Refused(const absl::Status& status) const;
  absl::Status Learn(const google::protobuf::Message& response);

  const ImportKind* kind_;
  IdMap* ids_;
  std::map<std::string, size_t> index_;  // Of a column, in the cells.
  std::vector<ImportRow> pending_;       // In the request.
  bool complete_ = true;                 // Every pending row could be filled in.
  std::unique_ptr<google::protobuf::Message> request_;
  std::set<std::string> expected_;   // Keys that checked rows will make.
  ImportRow checked_;                // The last one.
  std::map<std::string, int> same_;  // Requests of one content, counted.
  absl::Time started_ = absl::InfinitePast();
  ImportCounts counts_;
};

// The id of a request that says `bytes`, the `ordinal`-th time in one run.
std::string ContentRequestId(const std::string& method, const std::string& bytes, int ordinal);

}  // namespace suyuan::cli
