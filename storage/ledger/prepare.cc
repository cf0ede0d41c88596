#include "storage/ledger/prepare.h"

#include <utility>

#include "absl/container/flat_hash_set.h"
#include "storage/base/clock.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/merkle.h"
#include "storage/ledger/rows.h"

namespace suyuan::ledger {
namespace {

constexpr size_t kMethodSizeMax = 255;
constexpr size_t kSignatureSizeMax = 4096;

absl::Status Invalid(std::string_view why) { return absl::InvalidArgumentError(std::string(why)); }

template <typename Named>
absl::Status CheckStreams(const std::vector<Named>& streams) {
  if (streams.size() > kStreamsMax) return Invalid("more than 1000 streams");
  absl::flat_hash_set<absl::string_view> seen;
  for (const Named& named : streams) {
    if (!ValidStreamName(named.stream)) return Invalid("a stream's name is malformed");
    if (streams.size() > 1 && !seen.insert(named.stream).second) {
      return Invalid(StrCat("stream ", named.stream, " is named twice"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckRequest(const AppendRequest& request) {
  if (request.request_key.empty() || request.request_key.size() > kRequestKeyMax) {
    return Invalid("the request key is not 1 to 64 bytes long");
  }
  const Authorship& authorship = request.authorship;
  if (authorship.key_id.size() != kKeyIdSize) return Invalid("the key id is not 16 bytes long");
  if (authorship.encoding != Encoding::kProto && authorship.encoding != Encoding::kJson) {
    return Invalid("the body's encoding is neither protobuf nor JSON");
  }
  if (authorship.method.size() > kMethodSizeMax ||
      authorship.signature.size() > kSignatureSizeMax) {
    return Invalid("the method or the signature is too long");
  }
  if (request.events.size() > kEventsMax) return Invalid("more than 1000 events");
  RETURN_IF_ERROR(CheckStreams(request.reads));
  RETURN_IF_ERROR(CheckStreams(request.writes));
  size_t content = request.body.size();
  for (const std::string& event : request.events) content += event.size();
  if (content > kContentSizeMax / 2) return Invalid("the content is too large");
  return absl::OkStatus();
}

// Encodes items and takes their hashes, with a salt each from one draw.
class ItemWriter {
 public:
  ItemWriter(size_t count, size_t bytes) : salts_(RandomBytes(count * kSaltSize)) {
    hashes_.reserve(count);
    encoded_.reserve(bytes + count * (kSaltSize + 8));
  }
  void Add(ItemType type, std::string_view bytes) {
    const std::string_view salt =
        std::string_view(salts_).substr(hashes_.size() * kSaltSize, kSaltSize);
    hashes_.push_back(ItemHash(type, salt, bytes));
    EncodeItem(type, salt, bytes, encoded_);
  }
  Hash root() const { return RootOfHashes(hashes_); }
  std::string TakeEncoded() { return std::move(encoded_); }

 private:
  const std::string salts_;
  std::vector<Hash> hashes_;
  std::string encoded_;
};

}  // namespace

absl::StatusOr<Prepared> Prepare(AppendRequest request, std::string_view tag_key) {
  RETURN_IF_ERROR(CheckRequest(request));
  Prepared prepared;
  Terms terms;
  terms.request_key = request.request_key;
  for (const Read& read : request.reads) terms.reads.push_back({read.stream, read.version});
  for (const Write& write : request.writes) {
    terms.writes.push_back({write.stream, TagSaltOf(tag_key, write.stream)});
    prepared.tags.push_back(TagOf(terms.writes.back().salt, write.stream));
  }
  const std::string authorship = request.authorship.Encode();
  const std::string encoded_terms = terms.Encode();
  size_t bytes = authorship.size() + encoded_terms.size() + request.body.size() + kHashSize;
  for (const std::string& event : request.events) bytes += event.size();
  ItemWriter items(4 + request.events.size(), bytes);
  items.Add(ItemType::kAuthorship, authorship);
  items.Add(ItemType::kRequest, request.body);
  items.Add(ItemType::kTerms, encoded_terms);
  for (const std::string& event : request.events) items.Add(ItemType::kEvent, event);
  if (request.private_root) items.Add(ItemType::kPrivateRoot, AsBytes(*request.private_root));
  prepared.kind = request.kind;
  prepared.request_key = std::move(request.request_key);
  prepared.method = std::move(request.authorship.method);
  prepared.body = std::move(request.body);
  prepared.reads = std::move(request.reads);
  prepared.writes = std::move(request.writes);
  prepared.decided_micros = ToMicros(request.decided);
  prepared.content_root = items.root();
  prepared.items = items.TakeEncoded();
  if (prepared.items.size() > kContentSizeMax) return Invalid("the content is too large");
  return prepared;
}

}  // namespace suyuan::ledger
