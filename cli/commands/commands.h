// The families of commands, one file each.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "cli/command.h"
#include "services/tlog/note.h"
#include "storage/base/hash.h"

namespace suyuan::cli {

std::vector<Command> RegistryCommands();  // party, site, plot, product.
std::vector<Command> GrantCommands();     // grant, product use.
std::vector<Command> CertificationCommands();
std::vector<Command> IdentityCommands();    // member, key, server.
std::vector<Command> OriginCommands();      // harvest, split, merge, loss, grade, batch.
std::vector<Command> InspectionCommands();  // inspect.
std::vector<Command> ShipmentCommands();    // ship, receive, refuse, shipment.
std::vector<Command> LabelCommands();
std::vector<Command> TraceCommands();
std::vector<Command> RecallCommands();
std::vector<Command> ComplaintCommands();
std::vector<Command> AuditCommands();
std::vector<Command> AccessCommands();  // audit access, audit access-proof, audit access-check.
std::vector<Command> ProofCommands();
std::vector<Command> ImportCommands();
std::vector<Command> SampleCommands();
std::vector<Command> StoreCommands();
std::vector<Command> BackupCommands();  // backup, restore.
std::vector<Command> ProfileCommands();
std::vector<Command> ReceiptCommands();
std::vector<Command> PrivateCommands();  // member store, disclose, check, erase.
std::vector<Command> WitnessCommands();
std::vector<Command> CertCommands();
std::vector<Command> CompletionCommands();

// The log that is trusted: --log-key, or the one the profile has pinned. INVALID_ARGUMENT: neither.
absl::StatusOr<tlog::VerifierKey> LogKeyOf(const Invocation& invocation);
Arg LogKeyArg();

// The hash of the leaf that stands in the server's log at `sequence`, under a checkpoint signed
// with the pinned key. NOT_FOUND: the log is not that long. DATA_LOSS: what the server shows does
// not hold.
absl::StatusOr<Hash> ProvenLeafHash(Session& session, int64_t sequence);

}  // namespace suyuan::cli
