#pragma once
#include <string>
#include "absl/time/time.h"
#include "services/text/catalogue.h"
#include "suyuan/v1/label.pb.h"
namespace suyuan::portal {
struct PageFacts { std::string public_url; int utc_offset_minutes = 480; absl::Time now; };
inline std::string ScanPage(const v1::ResolveLabelResponse& l, text::Language, const PageFacts&) { return l.batch(); }
inline std::string NotFoundPage(text::Language) { return "nf"; }
inline std::string WelcomePage(text::Language) { return "w"; }
inline std::string UnavailablePage(text::Language) { return "u"; }
}
