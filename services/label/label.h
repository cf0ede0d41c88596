// LabelService: runs of unguessable codes, what a code means, how it looks.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "services/rpc/host.h"

namespace suyuan::label {

constexpr size_t kEpochKeyMin = 32;  // Bytes.

struct LabelSettings {
  std::string public_url;  // "https://trace.example.cn", with a port or not; on every label.
  int epoch = 1;           // New runs are issued under it.
  std::string epoch_key;   // Of `epoch`, at least kEpochKeyMin bytes; never in the log.
  std::map<int, std::string> earlier_keys;  // Of all epochs labels were ever issued under.
  std::string scans_dir;                    // Of counts of scans; made where it is not there.
};

// The module; it has a view in `host.dir`. INVALID_ARGUMENT: `public_url` is not scheme and host
// alone, or a key is too short. UNAVAILABLE: another process has the view or the scans.
absl::StatusOr<std::unique_ptr<rpc::Module>> MakeLabel(const rpc::Host& host,
                                                       LabelSettings settings);

}  // namespace suyuan::label
