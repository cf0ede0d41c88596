#include "services/portal/negotiation.h"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <cstdlib>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "storage/base/text.h"

namespace suyuan::portal {
namespace {

struct Range {
  std::string value;  // In lower case, without parameters.
  double weight = 1;
};

// The ranges of an Accept or Accept-Language header.
std::vector<Range> RangesOf(std::string_view header) {
  std::vector<Range> ranges;
  while (!header.empty()) {
    const size_t end = std::min(header.find(','), header.size());
    const std::string text = absl::AsciiStrToLower(ToAbsl(header.substr(0, end)));
    header.remove_prefix(std::min(end + 1, header.size()));
    Range range;
    range.value = std::string(absl::StripAsciiWhitespace(text.substr(0, text.find(';'))));
    const size_t q = text.find("q=");
    if (q != std::string::npos) range.weight = std::atof(text.c_str() + q + 2);
    ranges.push_back(std::move(range));
  }
  return ranges;
}

// How much a type is liked: the most specific range that takes it says so.
double WeightOf(const std::vector<Range>& ranges, const std::string& type) {
  for (const std::string& wanted :
       {type, type.substr(0, type.find('/')) + "/*", std::string("*/*")}) {
    for (const Range& range : ranges) {
      if (range.value == wanted) return range.weight;
    }
  }
  return 0;
}

}  // namespace

std::string QueryValue(std::string_view target, std::string_view name) {
  if (target.find('?') == std::string_view::npos) return "";  // A label's address has none.
  const auto url = boost::urls::parse_origin_form({target.data(), target.size()});
  if (!url.has_value()) return "";
  for (const auto& parameter : url->params()) {
    if (std::string_view(parameter.key) == name) return std::string(parameter.value);
  }
  return "";
}

text::Language LanguageOf(std::string_view accept_language) {
  double best = 0;
  text::Language language = text::Language::kChinese;
  for (const Range& range : RangesOf(accept_language)) {
    const bool chinese = range.value.starts_with("zh");
    if ((!chinese && !range.value.starts_with("en")) || range.weight <= best) continue;
    best = range.weight;
    language = chinese ? text::Language::kChinese : text::Language::kEnglish;
  }
  return language;
}

text::Language LanguageFor(const http::Request& request) {
  const std::string wish = QueryValue(request.target, "lang");
  if (wish == "en") return text::Language::kEnglish;
  if (wish == "zh") return text::Language::kChinese;
  return LanguageOf(request.Header("accept-language"));
}

bool LargeFor(const http::Request& request) { return QueryValue(request.target, "big") == "1"; }

Form FormOf(std::string_view accept) {
  const std::vector<Range> ranges = RangesOf(accept);
  const std::pair<Form, const char*> forms[] = {{Form::kPage, "text/html"},
                                                {Form::kLinkset, "application/linkset+json"},
                                                {Form::kJson, "application/json"}};
  Form best = Form::kPage;
  double weight = 0;
  for (const auto& [form, type] : forms) {
    const double liked = WeightOf(ranges, type);
    if (liked <= weight) continue;
    weight = liked;
    best = form;
  }
  return best;
}

}  // namespace suyuan::portal
