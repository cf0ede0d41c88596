#include "storage/ledger/record.h"

#include <utility>

#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/merkle.h"

namespace suyuan::ledger {
namespace {

constexpr size_t kItemHeaderSize = 1 + kSaltSize + 4;
constexpr size_t kLeafHeaderSize = 94;
constexpr size_t kLinkSize = kHashSize + 8;

absl::Status Malformed(std::string_view what) {
  return absl::DataLossError(StrCat(what, " does not decode"));
}

// A length of 16 bits, then that many bytes.
void PutShort(std::string& out, std::string_view bytes) {
  SUYUAN_CHECK(bytes.size() <= 0xffff);
  PutU16(out, static_cast<uint16_t>(bytes.size()));
  out.append(bytes);
}

std::string_view TakeShort(ByteReader& in) { return in.Bytes(in.U16()); }

bool KnownKind(uint8_t kind) {
  return kind >= static_cast<uint8_t>(RecordKind::kGenesis) &&
         kind <= static_cast<uint8_t>(RecordKind::kNote);
}

bool KnownItem(uint8_t type) {
  return type >= static_cast<uint8_t>(ItemType::kAuthorship) &&
         type <= static_cast<uint8_t>(ItemType::kPrivateRoot);
}

}  // namespace

std::string Authorship::Encode() const {
  SUYUAN_CHECK(key_id.size() == kKeyIdSize);
  std::string out;
  PutU8(out, algorithm);
  out.append(key_id);
  PutU8(out, static_cast<uint8_t>(encoding));
  PutU64(out, static_cast<uint64_t>(signed_micros));
  PutShort(out, method);
  PutShort(out, signature);
  return out;
}

absl::Status Authorship::Check(std::string_view bytes) {
  ByteReader in(bytes);
  in.Bytes(1 + kKeyIdSize + 1 + 8);
  TakeShort(in);
  TakeShort(in);
  return in.done() ? absl::OkStatus() : Malformed("authorship");
}

absl::StatusOr<Authorship> Authorship::Decode(std::string_view bytes) {
  ByteReader in(bytes);
  Authorship authorship;
  authorship.algorithm = in.U8();
  authorship.key_id = in.Bytes(kKeyIdSize);
  authorship.encoding = static_cast<Encoding>(in.U8());
  authorship.signed_micros = static_cast<int64_t>(in.U64());
  authorship.method = TakeShort(in);
  authorship.signature = TakeShort(in);
  if (!in.done()) return Malformed("authorship");
  return authorship;
}

std::string SignedText(std::string_view origin, const Authorship& authorship,
                       std::string_view body) {
  return StrCat("suyuan-request-v1\n", origin, "\n", authorship.method, "\n",
                authorship.encoding == Encoding::kJson ? "json" : "proto", "\n",
                authorship.signed_micros, "\n", HexOf(AsBytes(Sha256(body))), "\n");
}

std::string Terms::Encode() const {
  std::string out;
  PutShort(out, request_key);
  SUYUAN_CHECK(reads.size() <= kStreamsMax && writes.size() <= kStreamsMax);
  PutU16(out, static_cast<uint16_t>(reads.size()));
  for (const StreamVersion& read : reads) {
    PutShort(out, read.stream);
    PutU64(out, read.version);
  }
  PutU16(out, static_cast<uint16_t>(writes.size()));
  for (const StreamTag& write : writes) {
    SUYUAN_CHECK(write.salt.size() == kSaltSize);
    PutShort(out, write.stream);
    out.append(write.salt);
  }
  return out;
}

absl::Status TermsView::Decode(std::string_view bytes) {
  ByteReader in(bytes);
  request_key = TakeShort(in);
  reads.clear();
  writes.clear();
  const size_t read_count = in.U16();
  for (size_t i = 0; i < read_count && in.ok(); ++i) {
    const std::string_view stream = TakeShort(in);
    reads.emplace_back(stream, in.U64());
  }
  const size_t write_count = in.U16();
  for (size_t i = 0; i < write_count && in.ok(); ++i) {
    const std::string_view stream = TakeShort(in);
    writes.emplace_back(stream, in.Bytes(kSaltSize));
  }
  if (in.done() && read_count <= kStreamsMax && write_count <= kStreamsMax) {
    return absl::OkStatus();
  }
  return Malformed("terms");
}

absl::StatusOr<Terms> Terms::Decode(std::string_view bytes) {
  TermsView view;
  RETURN_IF_ERROR(view.Decode(bytes));
  Terms terms;
  terms.request_key = view.request_key;
  for (const auto& [stream, version] : view.reads) {
    terms.reads.push_back({std::string(stream), version});
  }
  for (const auto& [stream, salt] : view.writes) {
    terms.writes.push_back({std::string(stream), std::string(salt)});
  }
  return terms;
}

Hash TagOf(std::string_view salt, std::string_view stream) {
  return Sha256(std::string_view("\x02", 1), salt, stream);
}

Hash ItemHash(const Item& item) { return ItemHash(item.type, item.salt, item.bytes); }

Hash ItemHash(ItemType type, std::string_view salt, std::string_view bytes) {
  const char tag = static_cast<char>(type);
  return Sha256(std::string_view("\0", 1), salt, std::string_view(&tag, 1), bytes);
}

Hash ContentRoot(const std::vector<Item>& items) {
  std::vector<Hash> hashes;
  hashes.reserve(items.size());
  for (const Item& item : items) hashes.push_back(ItemHash(item));
  return RootOfHashes(hashes);
}

void EncodeItem(ItemType type, std::string_view salt, std::string_view bytes, std::string& out) {
  SUYUAN_CHECK(salt.size() == kSaltSize && bytes.size() <= 0xffffffff);
  PutU8(out, static_cast<uint8_t>(type));
  out.append(salt);
  PutU32(out, static_cast<uint32_t>(bytes.size()));
  out.append(bytes);
}

std::string EncodeItems(const std::vector<Item>& items) {
  size_t size = 0;
  for (const Item& item : items) size += kItemHeaderSize + item.bytes.size();
  std::string out;
  out.reserve(size);
  for (const Item& item : items) EncodeItem(item.type, item.salt, item.bytes, out);
  return out;
}

absl::Status ViewItems(std::string_view bytes, std::vector<ItemView>* items) {
  items->clear();
  ByteReader in(bytes);
  while (in.ok() && !in.done()) {
    const uint8_t type = in.U8();
    ItemView item;
    item.salt = in.Bytes(kSaltSize);
    item.bytes = in.Bytes(in.U32());
    if (!in.ok() || !KnownItem(type)) return Malformed("item");
    item.type = static_cast<ItemType>(type);
    items->push_back(item);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Item>> DecodeItems(std::string_view bytes) {
  std::vector<ItemView> views;
  RETURN_IF_ERROR(ViewItems(bytes, &views));
  std::vector<Item> items;
  items.reserve(views.size());
  for (const ItemView& view : views) {
    items.push_back({view.type, std::string(view.salt), std::string(view.bytes)});
  }
  return items;
}

absl::Status CheckItems(const std::vector<Item>& items) {
  std::vector<ItemView> views;
  views.reserve(items.size());
  for (const Item& item : items) views.push_back({item.type, item.salt, item.bytes});
  TermsView terms;
  return CheckItems(views, &terms);
}

absl::Status CheckItems(const std::vector<ItemView>& items, TermsView* terms) {
  constexpr ItemType kFirst[] = {ItemType::kAuthorship, ItemType::kRequest, ItemType::kTerms};
  if (items.size() < 3) return absl::DataLossError("items are missing");
  for (size_t i = 0; i < 3; ++i) {
    if (items[i].type != kFirst[i]) return absl::DataLossError("items are out of order");
  }
  size_t events = 0;
  for (size_t i = 3; i < items.size(); ++i) {
    const bool last = i + 1 == items.size();
    if (items[i].type == ItemType::kEvent) {
      ++events;
    } else if (items[i].type != ItemType::kPrivateRoot || !last) {
      return absl::DataLossError("items are out of order");
    } else if (items[i].bytes.size() != kHashSize) {
      return Malformed("private root");
    }
  }
  if (events > kEventsMax) return absl::DataLossError("too many events");
  RETURN_IF_ERROR(Authorship::Check(items[0].bytes));
  return terms->Decode(items[2].bytes);
}

std::string Leaf::Encode() const {
  SUYUAN_CHECK(links.size() <= kStreamsMax);
  std::string out;
  out.reserve(kLeafHeaderSize + kLinkSize * links.size());
  PutU8(out, version);
  PutU8(out, static_cast<uint8_t>(kind));
  PutU16(out, schema);
  PutU64(out, sequence);
  PutU64(out, static_cast<uint64_t>(record_micros));
  PutU64(out, static_cast<uint64_t>(decided_micros));
  out.append(AsBytes(previous_leaf));
  out.append(AsBytes(content_root));
  PutU16(out, static_cast<uint16_t>(links.size()));
  for (const StreamLink& link : links) {
    out.append(AsBytes(link.tag));
    PutU64(out, link.previous);
  }
  return out;
}

absl::StatusOr<Leaf> Leaf::Decode(std::string_view bytes) {
  if (bytes.size() < kLeafHeaderSize) return Malformed("leaf");
  ByteReader in(bytes);
  Leaf leaf;
  leaf.version = in.U8();
  const uint8_t kind = in.U8();
  leaf.schema = in.U16();
  leaf.sequence = in.U64();
  leaf.record_micros = static_cast<int64_t>(in.U64());
  leaf.decided_micros = static_cast<int64_t>(in.U64());
  leaf.previous_leaf = HashFromBytes(in.Bytes(kHashSize));
  leaf.content_root = HashFromBytes(in.Bytes(kHashSize));
  const size_t links = in.U16();
  if (leaf.version != kLeafVersion || !KnownKind(kind) || links > kStreamsMax ||
      in.rest().size() != links * kLinkSize) {
    return Malformed("leaf");
  }
  leaf.kind = static_cast<RecordKind>(kind);
  leaf.links.reserve(links);
  for (size_t i = 0; i < links; ++i) {
    const Hash tag = HashFromBytes(in.Bytes(kHashSize));
    leaf.links.push_back({tag, in.U64()});
  }
  return leaf;
}

Authorship Record::authorship() const {
  SUYUAN_CHECK(!items.empty() && items[0].type == ItemType::kAuthorship);
  absl::StatusOr<Authorship> authorship = Authorship::Decode(items[0].bytes);
  SUYUAN_CHECK(authorship.ok());
  return *std::move(authorship);
}

Terms Record::terms() const {
  SUYUAN_CHECK(items.size() > 2 && items[2].type == ItemType::kTerms);
  absl::StatusOr<Terms> terms = Terms::Decode(items[2].bytes);
  SUYUAN_CHECK(terms.ok());
  return *std::move(terms);
}

std::string_view Record::request() const {
  SUYUAN_CHECK(items.size() > 1 && items[1].type == ItemType::kRequest);
  return items[1].bytes;
}

std::vector<std::string_view> Record::events() const {
  std::vector<std::string_view> events;
  for (const Item& item : items) {
    if (item.type == ItemType::kEvent) events.push_back(item.bytes);
  }
  return events;
}

std::string_view Record::private_root() const {
  const bool has = !items.empty() && items.back().type == ItemType::kPrivateRoot;
  return has ? std::string_view(items.back().bytes) : std::string_view();
}

}  // namespace suyuan::ledger
