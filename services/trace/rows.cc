#include "services/trace/rows.h"

#include "storage/base/bytes.h"
#include "storage/base/text.h"

namespace suyuan::trace {

std::string RevokedKey(std::string_view key) { return StrCat("revoked|", key); }

std::string AttestedKey(std::string_view key) { return StrCat("attested|", key, "|"); }

std::string ClosedKey(std::string_view recall) { return StrCat("closed|", recall); }

std::string ReleasedKey(std::string_view batch) { return StrCat("released|", batch); }

std::string CertifiedKey(std::string_view holder, std::string_view product,
                         std::string_view certification) {
  return StrCat("certified|", holder, "|", product, "|", certification);
}

std::string CertificationEndKey(std::string_view certification) {
  return StrCat("certified-end|", certification);
}

std::string InEdgeKey(std::string_view child, std::string_view parent) {
  return StrCat("in|", child, "|", parent);
}

std::string OutEdgeKey(std::string_view parent, std::string_view child) {
  return StrCat("out|", parent, "|", child);
}

std::string HoldingKey(std::string_view batch, std::string_view place) {
  return StrCat(batch, "|", place);
}

std::string StockKey(std::string_view party, std::string_view site, std::string_view batch) {
  return StrCat("stock|", party, "|", site, "|", batch);
}

std::string TimelineKey(std::string_view batch, uint64_t sequence, int index) {
  std::string key = StrCat(batch, "|");
  PutU64(key, sequence);
  PutU16(key, static_cast<uint16_t>(index));
  return key;
}

std::string TestKey(std::string_view batch, uint64_t sequence) {
  return TimelineKey(batch, sequence, 0);
}

std::string BatchListKey(std::string_view list, uint64_t sequence, int index) {
  std::string key = StrCat(list, "|");
  PutU64(key, ~sequence);
  PutU16(key, static_cast<uint16_t>(~index));
  return key;
}

std::string SeenKey(std::string_view party, uint64_t sequence, std::string_view batch) {
  return StrCat(BatchListKey(StrCat("seen|", party), sequence, 0), batch);
}

}  // namespace suyuan::trace
