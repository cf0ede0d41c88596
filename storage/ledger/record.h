// The record: what one append leaves behind. storage/FORMAT.md gives every byte.
//
// A record is a leaf (fixed layout, public, hashed into the tree) and its items (kept beside it,
// shown only to those who may read them, committed to by the leaf's content root).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/base/hash.h"

namespace suyuan::ledger {

constexpr uint8_t kLeafVersion = 1;
constexpr size_t kSaltSize = 16;
constexpr size_t kKeyIdSize = 16;
constexpr size_t kLeafSizeMax = 65535;  // An entry of a C2SP bundle is length-prefixed by 16 bits.
constexpr size_t kEventsMax = 1000;     // In one append.
constexpr size_t kStreamsMax = 1000;    // Written, or read, by one append.
constexpr size_t kStreamNameMax = 200;  // Bytes, of [A-Za-z0-9/_.-].
constexpr size_t kRequestKeyMax = 64;   // Bytes.
constexpr size_t kContentSizeMax = 16 << 20;  // All items of one record, encoded.
constexpr uint64_t kAbsent = ~uint64_t{0};    // Version of a stream that has no record yet.

enum class RecordKind : uint8_t {
  kGenesis = 1,  // The first record only.
  kCommand = 2,  // A signed request of a member.
  kSystem = 3,   // An act of a module's system key: only ever restricts.
  kSchema = 4,   // The descriptor set changed.
  kNote = 5,     // An operator's note (clock, key and recovery acts).
};

enum class ItemType : uint8_t {
  kAuthorship = 1,   // Exactly one, first: see Authorship.
  kRequest = 2,      // Exactly one, second: the request's body as received.
  kTerms = 3,        // Exactly one, third: see Terms.
  kEvent = 4,        // One an event, in order: a suyuan.event.v1.Event as first written.
  kPrivateRoot = 5,  // At most one, last: 32 bytes, the root of commitments kept in the vault.
};

// Of a request's body, as received and signed.
enum class Encoding : uint8_t { kProto = 1, kJson = 2 };

// Who signed what: enough to check the signature again with nothing but the public key.
struct Authorship {
  uint8_t algorithm = 0;  // 1 ECDSA P-256/SHA-256, r‖s with low s; 2 Ed25519.
  std::string key_id;     // 16 bytes.
  Encoding encoding = Encoding::kProto;
  int64_t signed_micros = 0;
  std::string method;     // "/package.Service/Method".
  std::string signature;  // 64 bytes.

  std::string Encode() const;
  static absl::StatusOr<Authorship> Decode(std::string_view bytes);
  static absl::Status Check(std::string_view bytes);  // Whether it decodes.
  bool operator==(const Authorship&) const = default;
};

// The text that is signed: DESIGN 4.4. `origin` is the ledger's; `body` the request's exact bytes.
std::string SignedText(std::string_view origin, const Authorship& authorship,
                       std::string_view body);

// A stream and the version (sequence of its last record, or kAbsent) it was at.
struct StreamVersion {
  std::string stream;
  uint64_t version = kAbsent;
  bool operator==(const StreamVersion&) const = default;
};

// A written stream's name and the salt that opens its tag in the leaf.
struct StreamTag {
  std::string stream;
  std::string salt;  // 16 bytes.
  bool operator==(const StreamTag&) const = default;
};

// Under which conditions the append held, and which streams it moved.
struct Terms {
  std::string request_key;  // Scope and id of the request: idempotent for ever. 1 to 64 bytes.
  std::vector<StreamVersion> reads;
  std::vector<StreamTag> writes;  // In the order of the leaf's links.

  std::string Encode() const;
  static absl::StatusOr<Terms> Decode(std::string_view bytes);
  bool operator==(const Terms&) const = default;
};

// Terms where they lie, for walks over the whole log: they point into the bytes they were read
// from.
struct TermsView {
  std::string_view request_key;
  std::vector<std::pair<std::string_view, uint64_t>> reads;           // Stream, version.
  std::vector<std::pair<std::string_view, std::string_view>> writes;  // Stream, salt.

  // Replaces what is there. DATA_LOSS unless the bytes are exactly what Terms::Encode writes.
  absl::Status Decode(std::string_view bytes);
};

// SHA-256(0x02 ‖ salt ‖ stream): what a leaf shows of a stream's name.
Hash TagOf(std::string_view salt, std::string_view stream);

struct Item {
  ItemType type = ItemType::kEvent;
  std::string salt;  // 16 random bytes.
  std::string bytes;
  bool operator==(const Item&) const = default;
};

// An item where it lies: it points into the bytes it was read from.
struct ItemView {
  ItemType type = ItemType::kEvent;
  std::string_view salt;
  std::string_view bytes;
};

Hash ItemHash(const Item& item);  // SHA-256(0x00 ‖ salt ‖ type ‖ bytes).
Hash ItemHash(ItemType type, std::string_view salt, std::string_view bytes);
Hash ContentRoot(const std::vector<Item>& items);  // RFC 6962 root over the item hashes.

std::string EncodeItems(const std::vector<Item>& items);
// DATA_LOSS unless the bytes are exactly what EncodeItems writes.
absl::StatusOr<std::vector<Item>> DecodeItems(std::string_view bytes);
// As DecodeItems; replaces what is in `items`.
absl::Status ViewItems(std::string_view bytes, std::vector<ItemView>* items);

// One item, as EncodeItems writes it, at the end of `out`.
void EncodeItem(ItemType type, std::string_view salt, std::string_view bytes, std::string& out);
// DATA_LOSS unless the items are those of a record: each type in its place and decodable.
absl::Status CheckItems(const std::vector<Item>& items);
// Also reads the terms.
absl::Status CheckItems(const std::vector<ItemView>& items, TermsView* terms);

struct StreamLink {
  Hash tag;
  uint64_t previous = kAbsent;  // The stream's version before this record.
  bool operator==(const StreamLink&) const = default;
};

struct Leaf {
  uint8_t version = kLeafVersion;
  RecordKind kind = RecordKind::kCommand;
  uint16_t schema = 0;        // Ordinal of the descriptor set in force; 0 is genesis's.
  uint64_t sequence = 0;      // Index in the tree.
  int64_t record_micros = 0;  // Strictly increasing.
  int64_t decided_micros = 0;
  Hash previous_leaf{};  // Leaf hash of sequence - 1; zero for the first.
  Hash content_root{};
  std::vector<StreamLink> links;

  std::string Encode() const;
  // Strict: exact length, known version and kind, no trailing bytes. DATA_LOSS otherwise.
  static absl::StatusOr<Leaf> Decode(std::string_view bytes);
  bool operator==(const Leaf&) const = default;
};

struct Record {
  Leaf leaf;
  Hash leaf_hash{};  // Of the leaf's bytes as they were decoded.
  std::vector<Item> items;

  Authorship authorship() const;  // Aborts on a record that did not come from Decode or Append.
  Terms terms() const;
  std::string_view request() const;
  std::vector<std::string_view> events() const;
  std::string_view private_root() const;  // 32 bytes; empty: it has none.
};

// Records read together; whoever reads the same ones shares them.
using Records = std::vector<std::shared_ptr<const Record>>;

}  // namespace suyuan::ledger
