// What the libraries below say on stderr of themselves.
#pragma once

namespace suyuan::rpc {

// gRPC's errors become lines of our log, five a second at most, whatever a peer has put into them;
// protobuf's are dropped, as who sent what cannot be parsed is told so, and would fill the log. For
// the whole process, once for all.
void TakeLibraryLogs();

}  // namespace suyuan::rpc
