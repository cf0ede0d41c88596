// The pages a scan shows: whole in one answer, without an image, a font or a cookie, at most 10 KB
// compressed, and the same without the script that checks the proof. Pure functions; thread-safe.
#pragma once

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "services/text/catalogue.h"
#include "suyuan/v1/label.pb.h"

namespace suyuan::portal {

struct PageFacts {
  std::string public_url;  // Scheme and host the labels say; shown, so that it can be compared.
  int utc_offset_minutes = 480;  // Days and hours are local ones.
  absl::Time now;
  bool large = false;  // Large type, as asked for by "?big=1".
  // How the page checks itself; empty: it does not.
  std::string log_key;          // The log's verifier key.
  std::string script;           // Path of the script that checks.
  std::string fallback_script;  // Path of what it loads where the browser knows no Ed25519.
  // Of a page to be kept: the proof (JSON) and the script, both in it; empty: an ordinary page.
  std::string kept_proof;
  std::string_view kept_script;
  std::optional<v1::CheckLabelPinResponse> pin;  // What came of a PIN that was just typed.
  bool places = false;                           // Provinces of scans are told.
  std::string covers_zh, covers_en;              // Whose labels these are; empty: not told.
  bool complaint_link = true;                    // Whether the page offers to complain online.
  std::string query;  // What the address keeps in another language or size: "name=value&".
};

// What is first said of a label. Where several hold, the first of this order is said.
enum class Verdict {
  kRecalled,
  kHeld,
  kVoided,      // This label, not its batch.
  kFailed,      // A result that is not conformant stands, and nothing holds the batch.
  kExpired,     // Past its shelf life.
  kUnusual,     // Its label is scanned as copies are.
  kNotShipped,  // Still where it was made.
  kTested,      // A laboratory measured, and all is conformant.
  kScreened,    // Rapid tests only, all negative.
  kUndecided,   // Tested, and no verdict was possible.
  kUnissued,    // Tested, and nobody has issued a report.
  kUntested,
};
Verdict VerdictOf(const v1::ResolveLabelResponse& label, absl::Time now);

std::string ScanPage(const v1::ResolveLabelResponse& label, text::Language language,
                     const PageFacts& facts);
// The same in two: what all labels of a batch share (of the label it is whether it is void that
// counts, not its number), and the end with the number.
std::string ScanPageBody(const v1::ResolveLabelResponse& label, text::Language language,
                         const PageFacts& facts);
std::string ScanPageEnd(int number, text::Language language, const PageFacts& facts);

// Of a product's own code, which is every pack's. `batch_unknown`: a batch was scanned that is not
// known, and this stands above it.
std::string ProductPage(const v1::ResolveProductResponse& product, bool batch_unknown,
                        text::Language language, const PageFacts& facts);

// For a code nobody issued, a mistyped one and an address that is none: all the same.
std::string NotFoundPage(text::Language language, const PageFacts& facts);
// When the answer cannot be had at the moment.
std::string UnavailablePage(text::Language language, const PageFacts& facts);
// At "/": what this place is.
std::string WelcomePage(text::Language language, const PageFacts& facts);

// What every page in this language and size begins with, its style included.
std::string PageBeginning(text::Language language, bool large);

// The pages' one style, as a source for Content-Security-Policy: "'sha256-…'".
std::string StyleSource();

}  // namespace suyuan::portal
