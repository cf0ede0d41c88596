// Certifications that held on the days of all harvests. One that did not is no news of this batch:
// it is neither praised nor blamed for it.
#include <algorithm>
#include <vector>

#include "services/domain/time.h"
#include "services/portal/page_certification_text.h"
#include "services/portal/page_parts.h"
#include "storage/base/text.h"

namespace suyuan::portal {
namespace {

constexpr int kCertificationsShown = 4;

std::string DayOf(const Part& part, absl::Time time) {
  return domain::DayTextOf(time, part.facts().utc_offset_minutes);
}

bool HeldAtHarvest(const Part& part, const v1::Journey& journey,
                   const v1::HeldCertification& held) {
  if (!journey.has_first_harvest_time() || !journey.has_last_harvest_time()) return false;
  const std::string first = DayOf(part, domain::TimeOf(journey.first_harvest_time())),
                    last = DayOf(part, domain::TimeOf(journey.last_harvest_time()));
  return held.from_date() <= first && last <= held.until_date() &&
         (!held.has_end() || last < held.end().end_date());
}

std::vector<const v1::HeldCertification*> AllHeldAtHarvest(const Part& part,
                                                           const v1::Journey& journey) {
  std::vector<const v1::HeldCertification*> all;
  for (const v1::HeldCertification& held : journey.certifications()) {
    if (HeldAtHarvest(part, journey, held)) all.push_back(&held);
  }
  return all;
}

// A mark and words that say the same.
void WriteState(const Part& part, const v1::HeldCertification& held, Html& html) {
  if (held.has_end()) {
    html.Raw("<p><strong><span aria-hidden=true>✗ </span>");
    html.Text(part.Say(words::kCertificationEnded,
                       {{"day", held.end().end_date()}, {"cause", part.Say(held.end().cause())}}));
    html.Raw("</strong></p>");
    return;
  }
  const bool over = held.until_date() < DayOf(part, part.facts().now);
  html.Raw("<p><span aria-hidden=true>✓ </span>");
  html.Text(over ? part.Say(words::kCertificationOver, {{"day", held.until_date()}})
                 : part.Say(words::kCertificationHeld));
  html.Raw("</p>");
}

void WriteCertification(const Part& part, const v1::HeldCertification& held, Html& html) {
  html.Raw("<div class=card><h3>").Text(part.Say(held.scheme())).Raw("</h3><p><bdi>");
  html.Text(held.body()).Raw("</bdi></p><p class=num>");
  html.Text(part.Say(words::kCertificationNumber, {{"number", held.number()}}));
  html.Raw("<br>").Text(part.Say(words::kCertificationTerm,
                                 {{"from", held.from_date()}, {"until", held.until_date()}}));
  html.Raw("</p>");
  WriteState(part, held, html);
  html.Raw("<p class=dim>");
  html.Text(part.Say(words::kCertificationChecked,
                     {{"authority", held.authority_name()},
                      {"date", part.Date(domain::TimeOf(held.record_time()))},
                      {"sequence", StrCat(held.sequence())}}));
  html.Raw("</p></div>");
}

}  // namespace

bool Certified(const Part& part, const v1::Journey& journey) {
  return !AllHeldAtHarvest(part, journey).empty();
}

void WriteCertifications(const Part& part, const v1::Journey& journey, Html& html) {
  const std::vector<const v1::HeldCertification*> all = AllHeldAtHarvest(part, journey);
  if (all.empty()) return;
  html.Raw("<section>");
  Heading(part, words::kCertifications, html);
  const size_t shown = std::min<size_t>(all.size(), kCertificationsShown);
  for (size_t i = 0; i < shown; ++i) WriteCertification(part, *all[i], html);
  if (shown < all.size()) {
    html.Raw("<p class=dim>");
    html.Text(part.Say(words::kMoreCertifications, {{"n", StrCat(all.size() - shown)}}));
    html.Raw("</p>");
  }
  html.Raw("</section>");
}

}  // namespace suyuan::portal
