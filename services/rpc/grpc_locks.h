// gRPC's own locks, as Debian builds them.
#pragma once

namespace suyuan::rpc {

// Debian's abseil is built with its checks on: each of gRPC's locks is looked up, under one lock of
// the whole process, in a graph of who waits for whom. Turns that off, once for all.
void SkipLockGraph();

}  // namespace suyuan::rpc
