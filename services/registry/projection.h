// Folds the log into the registry's view: parties, members, keys, sites, plots, products and their
// certifications as suyuan.v1 messages, listed in the order of their registration, and complaints.
#pragma once

#include <string_view>
#include <vector>

#include "storage/index/projection.h"

namespace suyuan::registry {

// Lists of all, and (rpc::ListOf) of each party's own.
inline constexpr std::string_view kParties = "parties";
inline constexpr std::string_view kMembers = "members";
inline constexpr std::string_view kKeys = "keys";
inline constexpr std::string_view kProposals = "proposals";
inline constexpr std::string_view kSites = "sites";
inline constexpr std::string_view kPlots = "plots";
inline constexpr std::string_view kProducts = "products";
inline constexpr std::string_view kCertifications = "certifications";  // Own: of the holder.
// Newest first, of all and of each batch.
inline constexpr std::string_view kComplaints = "complaints";
// The longest waiting first.
inline constexpr std::string_view kOpenComplaints = "complaints-open";
// The first that was rejected or answered first.
inline constexpr std::string_view kClosedComplaints = "complaints-closed";

// Thread-compatible: the runner's thread only.
class RegistryProjection final : public index::Projection {
 public:
  int version() const override { return 4; }
  std::vector<kv::Family> families() const override;
  absl::Status Apply(const ledger::Record& record, index::Rows& rows) override;
};

}  // namespace suyuan::registry
