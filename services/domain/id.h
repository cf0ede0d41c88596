// Ids: 20 characters of upper-case Crockford base32. 4 of the ledger, 15 from the request that made
// the thing, 1 of check: known offline before the server answers, valid as GS1 AI 10.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace suyuan::domain {

constexpr size_t kIdSize = 20;

// The id of the `index`-th thing a request makes. `party`: the acting party's bare id, empty at
// genesis; `request_id`: a UUID in text. 75 bits of
// SHA-256("suyuan-id-v1\n{party}\n{request_id}\n{index}\n"), then the check character.
std::string MakeId(std::string_view ledger_id, std::string_view party, std::string_view request_id,
                   int index);

// The check character over the first 19: a weighted sum in GF(32), which finds every single wrong
// character and every exchange of two.
char CheckCharacter(std::string_view first19);
// Right length, alphabet and check character.
bool ValidId(std::string_view id);

// "batches/{id}" with a valid id.
bool ValidName(std::string_view collection, std::string_view name);

// An id of one kind: explicit to make, so that a site is never taken for a batch.
template <typename Tag>
class Id {
 public:
  Id() = default;
  // `name` as in "batches/{id}": from a request whose rules were checked, or from an event.
  static Id FromName(std::string_view name) {
    Id id;
    id.name_ = name;
    return id;
  }
  static Id FromId(std::string_view id) {
    return FromName(std::string(Tag::kCollection) + "/" + std::string(id));
  }
  const std::string& name() const { return name_; }  // "batches/{id}", also its stream's name.
  std::string_view id() const {                      // Bare.
    return std::string_view(name_).substr(name_.rfind('/') + 1);
  }
  bool empty() const { return name_.empty(); }
  auto operator<=>(const Id&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, const Id& id) {
    return H::combine(std::move(h), id.name_);
  }

 private:
  std::string name_;
};

#define SUYUAN_ID(Name, collection)                             \
  struct Name##Tag {                                            \
    static constexpr std::string_view kCollection = collection; \
  };                                                            \
  using Name##Id = Id<Name##Tag>
SUYUAN_ID(Party, "parties");
SUYUAN_ID(Member, "members");
SUYUAN_ID(Key, "keys");
SUYUAN_ID(Proposal, "proposals");
SUYUAN_ID(Site, "sites");
SUYUAN_ID(Plot, "plots");
SUYUAN_ID(Product, "products");
SUYUAN_ID(Batch, "batches");
SUYUAN_ID(Sampling, "samplings");
SUYUAN_ID(Result, "results");
SUYUAN_ID(Hold, "holds");
SUYUAN_ID(Shipment, "shipments");
SUYUAN_ID(LabelRun, "labelRuns");
SUYUAN_ID(Recall, "recalls");
SUYUAN_ID(Person, "persons");
SUYUAN_ID(Complaint, "complaints");
SUYUAN_ID(Certification, "certifications");
#undef SUYUAN_ID

}  // namespace suyuan::domain
