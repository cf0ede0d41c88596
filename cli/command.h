// A command as data. Most are a method of the API, the flags that fill its request, and the columns
// of its answer: what a field is called, whether it must be there and how its text is read follow
// from the contract (value.h, show.h).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "cli/say.h"
#include "cli/session.h"
#include "google/protobuf/message.h"
#include "storage/base/clock.h"

namespace suyuan::cli {

// One flag or positional argument.
struct Arg {
  enum class Need { kAsContract, kOptional, kRequired };
  std::string flag;   // "--name"; without dashes it is positional; "--all!" is a switch;
                      // "--host+" may be given many times.
  std::string field;  // Path in the request ("party.name"); empty: the command reads it itself.
  Say help;
  Need need = Need::kAsContract;
};

// How an answer is shown: a table of the repeated field `rows`, or, where that is empty, the
// fields of the answer one below the other (of a stream: a table of its messages).
struct View {
  std::string rows;
  std::vector<std::string> columns;
};

class Invocation;

struct Command {
  std::string path;  // "party register".
  Say help;
  std::string method;  // "RegistryService/RegisterParty"; empty: `run` does it all.
  std::vector<Arg> args;
  View view;
  // May finish the request after the flags have filled it.
  std::function<absl::Status(Invocation&, google::protobuf::Message*)> prepare;
  // Sees the answer before it is shown.
  std::function<absl::Status(Invocation&, const google::protobuf::Message&)> then;
  // Does it all, in place of calling the method and showing its answer.
  std::function<absl::Status(Invocation&)> run;
};

// What holds for every command.
struct Globals {
  std::string config;   // File of profiles.
  std::string profile;  // Empty: the current one.
  Language language = Language::kEnglish;
  bool json = false;
  absl::Duration timeout = absl::Seconds(30);
};

// One run of one command. Thread-compatible.
class Invocation {
 public:
  using Values = std::map<std::string, std::vector<std::string>>;
  Invocation(const Command& command, Globals globals, Values values, const Clock* clock,
             std::ostream* out, std::ostream* err)
      : command(command),
        globals(std::move(globals)),
        clock(*clock),
        out(*out),
        err(*err),
        values_(std::move(values)) {}

  const Command& command;
  const Globals globals;
  const Clock& clock;
  std::ostream& out;
  std::ostream& err;

  bool Has(const std::string& flag) const { return values_.contains(flag); }
  // The last value of a flag, or "".
  std::string Text(const std::string& flag) const;
  const std::vector<std::string>& All(const std::string& flag) const;

  // The server, asked once.
  absl::StatusOr<Session*> Connected();
  // What Connected() opened; null where nobody asked for a server.
  Session* session() { return session_.has_value() ? &*session_ : nullptr; }

  bool chinese() const { return globals.language == Language::kChinese; }
  // A line for people; nothing with --json.
  void Line(const Say& say);
  // One JSON object on a line; nothing without --json. Messages as protobuf JSON.
  void Json(const google::protobuf::Message& message);
  void Json(const std::string& object);

 private:
  const Values values_;
  std::optional<Session> session_;
};

// The request of the command's method, as the flags fill it. An error is one of usage.
absl::StatusOr<std::unique_ptr<google::protobuf::Message>> FilledRequest(Invocation& invocation);

// Runs a command to its end and shows its answer. A status from before the call is one of usage.
absl::Status RunCommand(Invocation& invocation);
// As RunCommand, and the exit code; an error goes to `err`: as a JSON object with --json, else in
// words with what to do about it.
int Execute(Invocation& invocation);

// "/suyuan.v1.RegistryService/RegisterParty" and its messages. Aborts on a method that is not
// there.
const google::protobuf::MethodDescriptor* MethodOf(const std::string& method);
std::string FullMethod(const google::protobuf::MethodDescriptor& method);
std::unique_ptr<google::protobuf::Message> NewMessage(const google::protobuf::Descriptor* type);

// "batches" for a field "batch" or "batches" of an answer that names new things.
std::string CollectionOf(const std::string& field);

// Path of the request's time of occurrence ("harvest.occur"), or "".
std::string OccurPath(const google::protobuf::Descriptor* request);

// The arguments that follow from the request itself: --request-id, --time, paging, --min-sequence.
std::vector<Arg> ImpliedArgs(const google::protobuf::Descriptor* request);

}  // namespace suyuan::cli
