// The codes on labels: 20 characters of upper-case Crockford base32. The first 13 (65 bits) come of
// a keyed function of the run and the number, the other 7 (35 bits) are a keyed check over them, so
// that a guess is refused without looking anywhere. Both keep the epoch key secret; neither is in
// the log. Pure; no disk.
#pragma once

#include <string>
#include <string_view>

#include "storage/base/hash.h"

namespace suyuan::label {

constexpr size_t kCodeSize = 20;
constexpr size_t kCheckSize = 7;  // Of the code: its last characters.

// The code of label `number` (from 1) of a run ("labelRuns/{id}") of the ledger called `origin`.
std::string CodeOf(const HmacKey& epoch_key, std::string_view origin, std::string_view run,
                   int number);

// Digits under the scratch layer of that label: as the code, of a keyed function, and stored
// nowhere.
constexpr size_t kPinSize = 8;
std::string PinOf(const HmacKey& epoch_key, std::string_view origin, std::string_view run,
                  int number);

// Whether a code was derived with this key: false for nearly all that were not (1 in 2^35 passes,
// and is then not found). Takes the same time wherever the check differs.
bool CheckHolds(const HmacKey& epoch_key, std::string_view code);

// GTIN of 8, 12, 13 or 14 digits as 14; empty stays empty.
std::string Gtin14(std::string_view gtin);

// Characters of the host, its port included, that keep a label's symbol at version 5 (37 modules,
// 18.5 mm at 0.5 mm a module) at level Q: longer ones do not fit the smallest labels.
constexpr size_t kHostMax = 22;

// What the QR code holds. `base`: scheme and host in lower case, no slash at its end. With a GTIN a
// GS1 Digital Link ("/01/{gtin}/21/{code}"), without one "/t/{code}".
std::string LabelUrl(std::string_view base, std::string_view gtin14, std::string_view code);

// The same of a whole batch, `batch` its bare id: "/01/{gtin}/10/{batch}" or "/b/{batch}".
std::string BatchUrl(std::string_view base, std::string_view gtin14, std::string_view batch);

}  // namespace suyuan::label
