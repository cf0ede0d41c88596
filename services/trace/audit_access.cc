#include "services/trace/audit_access.h"

#include <memory>
#include <utility>

#include "services/domain/chain_rules.h"
#include "storage/base/status.h"
#include "suyuan/event/v1/event.pb.h"
#include "suyuan/v1/audit.pb.h"

namespace suyuan::trace {
namespace {

constexpr char kListAccess[] = "/suyuan.ledger.v1.LedgerService/ListAccess";
constexpr char kGetAccessProof[] = "/suyuan.ledger.v1.LedgerService/GetAccessProof";

bool SeesAllAccess(const domain::Caller& caller) {
  return domain::Allowed(caller, rules::v1::PERMISSION_AUDIT);
}

// Asks without a thread that waits; `check(Response)` → absl::Status may still refuse the answer.
template <typename Response, typename Done, typename Check>
void Ask(const rpc::Host& host, const char* method, const google::protobuf::Message& request,
         Done done, Check check) {
  host.router->AskLater(method, request, [done, check](absl::StatusOr<std::string> bytes) {
    if (!bytes.ok()) return done(bytes.status());
    Response response;
    if (!response.ParseFromString(*bytes)) {
      return done(absl::DataLossError("an answer cannot be read"));
    }
    if (const absl::Status status = check(response); !status.ok()) return done(status);
    done(std::move(response));
  });
}

// Whose sum a proof shows.
absl::Status CheckOwn(const v1::GetAccessProofResponse& proof, const std::string& party) {
  event::v1::Event event;
  if (!event.ParseFromString(proof.event())) return absl::DataLossError("a sum cannot be read");
  return event.access_summed().party() == party ? absl::OkStatus() : domain::NotFound(proof.name());
}

}  // namespace

void RegisterAccess(const rpc::Host& host, rpc::Handlers& handlers) {
  handlers.Async<v1::ListAccessRequest, v1::ListAccessResponse>(
      "ListAccess", [&host](const rpc::Call& call, auto request, auto done) {
        v1::ListAccessRequest asked = *request;
        const std::string& own = call.caller->party.name();
        if (!SeesAllAccess(*call.caller)) {
          if (!asked.party().empty() && asked.party() != own) {
            return done(domain::NotFound(asked.party()));
          }
          asked.set_party(own);
        }
        Ask<v1::ListAccessResponse>(host, kListAccess, asked, done,
                                    [](const auto&) { return absl::OkStatus(); });
      });
  handlers.Async<v1::GetAccessProofRequest, v1::GetAccessProofResponse>(
      "GetAccessProof", [&host](const rpc::Call& call, auto request, auto done) {
        const std::string own = SeesAllAccess(*call.caller) ? "" : call.caller->party.name();
        Ask<v1::GetAccessProofResponse>(
            host, kGetAccessProof, *request, done, [own](const v1::GetAccessProofResponse& proof) {
              return own.empty() ? absl::OkStatus() : CheckOwn(proof, own);
            });
      });
}

}  // namespace suyuan::trace
