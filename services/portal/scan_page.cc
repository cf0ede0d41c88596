#include "services/portal/scan_page.h"

#include <algorithm>

#include "services/portal/page_label_text.h"
#include "services/portal/page_parts.h"
#include "services/portal/page_product_text.h"
#include "services/portal/page_style.h"
#include "storage/base/bytes.h"
#include "storage/base/hash.h"
#include "storage/base/text.h"

namespace suyuan::portal {
namespace {

// As Content-Security-Policy names a text that may stand in the page.
std::string HashSource(std::string_view text) {
  return StrCat("'sha256-", Base64Of(AsBytes(Sha256(text))), "'");
}

void WriteHead(const Part& part, const std::string& title, Html& html) {
  html.Raw("<!doctype html><html").Attribute("lang", part.chinese() ? "zh-CN" : "en");
  if (part.facts().large) html.Raw(" class=big");
  html.Raw("><head><meta charset=utf-8><meta name=viewport content=\"width=device-width,");
  html.Raw("initial-scale=1\"><meta name=robots content=noindex><meta name=format-detection ");
  html.Raw("content=\"telephone=no\"><style>").Raw(kStyle).Raw("</style>");
  // Up to here a page is the same for every label: PageBeginning().
  if (!part.facts().kept_script.empty()) {
    html.Raw("<meta http-equiv=Content-Security-Policy")
        .Attribute("content", StrCat("default-src 'none'; style-src ", StyleSource(),
                                     "; script-src ", HashSource(part.facts().kept_script)))
        .Raw(">");
  }
  html.Raw("<title>").Text(title).Raw("</title></head><body>");
}

// Links that keep the address and change how the page is shown.
void WriteFoot(const Part& part, Html& html) {
  const PageFacts& facts = part.facts();
  html.Raw("</main><footer><div class=w>");
  if (facts.kept_script.empty()) {
    const std::string other = part.chinese() ? "en" : "zh", same = part.chinese() ? "zh" : "en";
    html.Raw("<nav class=links").Attribute("aria-label", part.Say(words::kMore)).Raw("><a");
    html.Attribute("href", StrCat("?", facts.query, "lang=", other, facts.large ? "&big=1" : ""));
    html.Attribute("lang", part.chinese() ? "en" : "zh-CN").Raw(">");
    html.Text(part.Say(words::kOtherLanguage)).Raw("</a><a");
    html.Attribute("href", StrCat("?", facts.query, "lang=", same, facts.large ? "" : "&big=1"))
        .Raw(">");
    html.Text(part.Say(facts.large ? words::kNormalSize : words::kLarge)).Raw("</a></nav>");
  }
  html.Raw("<p>")
      .Text(part.Say(facts.places ? words::kPrivacyPlaces : words::kPrivacy))
      .Raw("</p>");
}

void WriteEnd(const Part& part, int number, Html& html) {
  if (number > 0) {
    html.Raw("<p>").Text(part.Say(words::kLabelNumber, {{"n", StrCat(number)}})).Raw("</p>");
  }
  html.Raw("</div></footer>");
  const PageFacts& facts = part.facts();
  if (!facts.kept_script.empty()) {
    html.Json("evidence", facts.kept_proof).Script(facts.kept_script);
  }
  html.Raw("</body></html>");
}

// For a code that is typed: it is printed in clear on every label.
void WriteCodeBox(const Part& part, Html& html) {
  html.Raw("<form action=\"/find\"><label for=code>").Text(part.Say(words::kTypeCode));
  html.Raw("</label><div class=box><input id=code name=code required maxlength=40 ");
  html.Raw("autocomplete=off autocapitalize=characters spellcheck=false><button>");
  html.Text(part.Say(words::kFind)).Raw("</button></div>");
  if (!part.chinese()) html.Raw("<input type=hidden name=lang value=en>");
  if (part.facts().large) html.Raw("<input type=hidden name=big value=1>");
  html.Raw("</form>");
}

// "（禄丰市的农产品）": whose labels these are; empty where nobody said.
std::string Covers(const Part& part) {
  const std::string covers = part.NameOf(part.facts().covers_zh, part.facts().covers_en);
  if (covers.empty()) return "";
  return part.chinese() ? StrCat("（", covers, "）") : StrCat(" (", covers, ")");
}

}  // namespace

std::string PlainPage(text::Language language, const PageFacts& facts, const Words& headline,
                      Markup icon, absl::FunctionRef<void(const Part&, Html&)> body) {
  const Part part(language, facts);
  std::string title = part.Say(headline);
  title.erase(std::remove(title.begin(), title.end(), '|'), title.end());
  Html html;
  WriteHead(part, title, html);
  html.Raw("<header class=v><div class=w><p class=brand>").Text(part.Say(words::kSite));
  html.Raw("</p><div class=say><svg viewBox=\"0 0 24 24\" aria-hidden=true>").Raw(icon);
  html.Raw("</svg>");
  WriteHeadline(part.Say(headline), html);
  html.Raw("</div></div></header>");
  html.Raw("<main class=w><section class=goods>");
  body(part, html);
  html.Raw("</section>");
  WriteHelp(part, html);
  WriteFoot(part, html);
  WriteEnd(part, 0, html);
  return html.Take();
}

std::string PageBeginning(text::Language language, bool large) {
  PageFacts facts;
  facts.large = large;
  Html html;
  WriteHead(Part(language, facts), "", html);
  const std::string head = html.Take();
  return head.substr(0, head.find("<title>"));
}

std::string ScanPage(const v1::ResolveLabelResponse& label, text::Language language,
                     const PageFacts& facts) {
  return ScanPageBody(label, language, facts) + ScanPageEnd(label.number(), language, facts);
}

std::string ScanPageEnd(int number, text::Language language, const PageFacts& facts) {
  Html html;
  WriteEnd(Part(language, facts), number, html);
  return html.Take();
}

std::string ScanPageBody(const v1::ResolveLabelResponse& label, text::Language language,
                         const PageFacts& facts) {
  const Part part(language, facts);
  const v1::Journey& journey = label.journey();
  const Verdict verdict = VerdictOf(label, facts.now);
  Html html;
  WriteHead(part,
            StrCat(part.NameOf(journey.product().name(), journey.product().name_en()), " · ",
                   part.Say(words::kSite)),
            html);
  WriteVerdict(part, label, html);
  html.Raw("<main class=w>");
  WriteRecall(part, journey, html);
  WriteGoods(part, journey, html);
  WriteLabel(part, label, html);
  // A cancelled label says nothing of the goods it is found on.
  if (verdict != Verdict::kVoided) {
    WriteOrigins(part, journey, html);
    WriteCertifications(part, journey, html);
    WriteTests(part, journey, html);
    WriteRoute(part, journey, html);
    WriteMissing(part, journey, html);
  }
  WriteProof(part, label, html);
  WriteHelp(part, html);
  WriteFoot(part, html);
  return html.Take();
}

std::string ProductPage(const v1::ResolveProductResponse& known, bool batch_unknown,
                        text::Language language, const PageFacts& facts) {
  return PlainPage(
      language, facts, words::kProduct,
      "<path d=\"M3 5v14M6.5 5v14M10 5v14M14 5v14M17.5 5v14M21 5v14\"/>",
      [&](const Part& part, Html& html) {
        const claim::v1::Product& product = known.product();
        if (batch_unknown) {
          html.Raw("<p class=fault>").Text(part.Say(words::kProductBatchUnknown)).Raw("</p>");
        }
        WriteProductName(product, html);
        html.Raw("<dl>");
        const auto fact = [&](const Words& name, const std::string& value) {
          if (value.empty()) return;
          html.Raw("<dt>").Text(part.Say(name)).Raw("</dt><dd><bdi>").Text(value);
          html.Raw("</bdi></dd>");
        };
        fact(words::kProductGtin, product.gtin());
        if (product.has_net_content()) fact(words::kPack, part.Amount(product.net_content()));
        fact(words::kProductParty, known.party_name());
        html.Raw("</dl><p class=means>").Text(part.Say(words::kProductMeans)).Raw("</p>");
        WriteCodeBox(part, html);
        html.Raw("<p class=\"means dim\">").Text(part.Say(words::kProductLimit)).Raw("</p>");
      });
}

std::string NotFoundPage(text::Language language, const PageFacts& facts) {
  return PlainPage(
      language, facts, words::kNotFound,
      "<circle cx=\"10.5\" cy=\"10.5\" r=\"7\"/><path d=\"m15.7 15.7 5.8 5.8M8 10.5h5\"/>",
      [](const Part& part, Html& html) {
        html.Raw("<p>").Text(part.Say(words::kNotFoundMeans)).Raw("</p><ul>");
        for (const Words& reason :
             {words::kNotFoundTyping, words::kNotFoundOther, words::kNotFoundNever}) {
          html.Raw("<li>").Text(
              part.Say(reason, {{"host", part.facts().public_url}, {"covers", Covers(part)}}));
          html.Raw("</li>");
        }
        html.Raw("</ul>");
        WriteCodeBox(part, html);
        html.Raw("<p class=means>").Text(part.Say(words::kNotFoundDo)).Raw("</p>");
      });
}

std::string UnavailablePage(text::Language language, const PageFacts& facts) {
  return PlainPage(language, facts, words::kUnavailable,
                   "<circle cx=\"12\" cy=\"12\" r=\"9.5\"/><path d=\"M12 6.5V12l3.8 2.4\"/>",
                   [](const Part& part, Html& html) {
                     html.Raw("<p>").Text(part.Say(words::kUnavailableMeans)).Raw("</p>");
                   });
}

std::string WelcomePage(text::Language language, const PageFacts& facts) {
  return PlainPage(language, facts, words::kWelcome,
                   "<path d=\"M3 8V3h5M16 3h5v5M21 16v5h-5M8 21H3v-5M7.5 12h9\"/>",
                   [](const Part& part, Html& html) {
                     html.Raw("<p>").Text(part.Say(words::kWelcomeMeans)).Raw("</p>");
                     WriteCodeBox(part, html);
                   });
}

std::string StyleSource() { return HashSource(kStyle.text()); }

}  // namespace suyuan::portal
