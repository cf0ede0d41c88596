#include "services/portal/page_complaint.h"

#include "services/domain/time.h"
#include "services/portal/page_complaint_text.h"
#include "services/portal/page_parts.h"
#include "storage/base/text.h"

namespace suyuan::portal {
namespace {

constexpr Markup kSpeech =
    "<path d=\"M4 4h16v12H10l-5 4.5V16H4z\"/><path d=\"M12 7v4M12 13.2v.1\"/>";

// The page's own address in its language and size.
std::string Here(const Part& part, const std::string& path) {
  return StrCat(path, "?lang=", part.chinese() ? "zh" : "en", part.facts().large ? "&big=1" : "");
}

void WriteTicketBox(const Part& part, Html& html) {
  html.Raw("<form action=\"/complaint\"><label for=ticket>").Text(part.Say(words::kHaveTicket));
  html.Raw("</label><div class=box><input id=ticket name=ticket required maxlength=40 ");
  html.Raw("autocomplete=off autocapitalize=characters spellcheck=false><button>");
  html.Text(part.Say(words::kFind)).Raw("</button></div>");
  if (!part.chinese()) html.Raw("<input type=hidden name=lang value=en>");
  if (part.facts().large) html.Raw("<input type=hidden name=big value=1>");
  html.Raw("</form>");
}

void WriteAbout(const Part& part, const ComplaintDraft& draft, Html& html) {
  if (!draft.about.empty()) {
    const bool label = !draft.label.empty();
    const Words& thing = label ? words::kAboutLabel : words::kAboutBatch;
    html.Raw("<input type=hidden name=about").Attribute("value", draft.about).Raw("><p>");
    html.Text(part.Say(words::kComplainAbout, {{"thing", part.Say(thing)},
                                               {"number", label ? draft.label : draft.batch}}));
    html.Raw("</p>");
    return;
  }
  html.Raw("<label for=code>").Text(part.Say(words::kComplainCode));
  html.Raw("</label><input id=code class=field name=code maxlength=40 autocomplete=off ");
  html.Raw("autocapitalize=characters spellcheck=false").Attribute("value", draft.code).Raw(">");
}

void WriteKinds(const Part& part, int chosen, Html& html) {
  const google::protobuf::EnumDescriptor& kinds = *claim::v1::ComplaintKind_descriptor();
  html.Raw("<fieldset><legend>").Text(part.Say(words::kComplainKind)).Raw("</legend>");
  for (int i = 0; i < kinds.value_count(); ++i) {
    const int kind = kinds.value(i)->number();
    if (kind == 0) continue;
    html.Raw("<label class=pick><input type=radio name=kind required");
    html.Attribute("value", StrCat(kind));
    if (kind == chosen) html.Raw(" checked");
    html.Raw("><span>").Text(part.Say(static_cast<claim::v1::ComplaintKind>(kind)));
    html.Raw("</span></label>");
  }
  html.Raw("</fieldset>");
}

void WriteFields(const Part& part, const ComplaintDraft& draft, Html& html) {
  html.Raw("<label for=text>").Text(part.Say(words::kComplainText));
  html.Raw("</label><p class=dim id=text-hint>").Text(part.Say(words::kComplainTextHint));
  html.Raw("</p><textarea id=text class=field name=text rows=5 required maxlength=1000 ");
  html.Raw("aria-describedby=text-hint>").Text(draft.text).Raw("</textarea><label for=photo>");
  html.Text(part.Say(words::kComplainPhotos)).Raw("</label><p class=dim id=photo-hint>");
  html.Text(part.Say(words::kComplainPhotosHint));
  html.Raw("</p><input id=photo class=field type=file name=photo multiple ");
  html.Raw("accept=\"image/jpeg,image/png\" aria-describedby=photo-hint><label for=contact>");
  html.Text(part.Say(words::kComplainContact)).Raw("</label><p class=dim id=contact-hint>");
  html.Text(part.Say(words::kComplainContactHint));
  html.Raw("</p><input id=contact class=field name=contact maxlength=100 autocomplete=tel ");
  html.Raw("aria-describedby=contact-hint").Attribute("value", draft.contact).Raw(">");
}

// A fact of a complaint; nothing where there is none.
void Fact(const Part& part, const Words& name, const std::string& value, Html& html) {
  if (value.empty()) return;
  html.Raw("<dt>").Text(part.Say(name)).Raw("</dt><dd><bdi>").Text(value).Raw("</bdi></dd>");
}

void DayFact(const Part& part, const Words& name, bool known,
             const google::protobuf::Timestamp& stamp, Html& html) {
  if (known) Fact(part, name, part.Date(domain::TimeOf(stamp)), html);
}

// A term ends with its last day: what is stored is the midnight after it.
void TermFact(const Part& part, const Words& name, bool runs,
              const google::protobuf::Timestamp& stamp, Html& html) {
  if (runs) Fact(part, name, part.Date(domain::TimeOf(stamp) - absl::Seconds(1)), html);
}

const Words& HeadlineOf(v1::ComplaintStage stage) {
  switch (stage) {
    case v1::COMPLAINT_STAGE_ACCEPTED:
      return words::kTicketAccepted;
    case v1::COMPLAINT_STAGE_REJECTED:
      return words::kTicketRejected;
    case v1::COMPLAINT_STAGE_ANSWERED:
      return words::kTicketAnswered;
    default:
      return words::kTicketReceived;
  }
}

// In fours, to be written down.
std::string Grouped(const std::string& ticket) {
  constexpr size_t kGroup = 4;
  std::string grouped;
  for (size_t i = 0; i < ticket.size(); i += kGroup) {
    StrAppend(&grouped, i == 0 ? "" : " ", ticket.substr(i, kGroup));
  }
  return grouped;
}

void WriteProgress(const Part& part, const v1::Complaint& complaint, Html& html) {
  const v1::ComplaintStage stage = complaint.stage();
  html.Raw("<dl>");
  Fact(part, words::kTicketKind, part.Say(complaint.kind()), html);
  DayFact(part, words::kTicketFiled, true, complaint.file_time(), html);
  TermFact(part, words::kTicketDecideBy, stage == v1::COMPLAINT_STAGE_RECEIVED,
           complaint.decide_by_time(), html);
  DayFact(part, words::kTicketDecided, complaint.has_decide_time(), complaint.decide_time(), html);
  TermFact(part, words::kTicketAnswerBy, stage == v1::COMPLAINT_STAGE_ACCEPTED,
           complaint.answer_by_time(), html);
  DayFact(part, words::kTicketAnsweredAt, complaint.has_answer_time(), complaint.answer_time(),
          html);
  Fact(part, words::kTicketCause, part.Say(complaint.cause()), html);
  Fact(part, words::kTicketOutcome, part.Say(complaint.outcome()), html);
  Fact(part, words::kTicketAuthority, complaint.authority_name(), html);
  html.Raw("</dl>");
}

// No page on which somebody complains offers to complain.
PageFacts WithoutLink(PageFacts facts) {
  facts.complaint_link = false;
  return facts;
}

}  // namespace

std::string ComplaintFormPage(const ComplaintDraft& draft, const Words* fault,
                              text::Language language, const PageFacts& shown) {
  PageFacts facts = WithoutLink(shown);
  if (!draft.about.empty()) facts.query = StrCat("about=", draft.about, "&");
  return PlainPage(language, facts, words::kComplain, kSpeech, [&](const Part& part, Html& html) {
    if (fault != nullptr) {
      html.Raw("<p class=fault role=alert>").Text(part.Say(*fault)).Raw("</p>");
    }
    html.Raw("<p>").Text(part.Say(words::kComplainIntro)).Raw("</p><p><strong>");
    html.Text(part.Say(words::kComplainIll)).Raw("</strong></p><form method=post");
    html.Attribute("action", Here(part, "/complaint"));
    html.Raw(" enctype=\"multipart/form-data\"><input type=hidden name=id");
    html.Attribute("value", draft.id).Raw(">");
    WriteAbout(part, draft, html);
    WriteKinds(part, draft.kind, html);
    WriteFields(part, draft, html);
    html.Raw("<button>").Text(part.Say(words::kComplainSend)).Raw("</button></form><p class=dim>");
    html.Text(part.Say(words::kComplainWhen)).Raw("</p>");
    WriteTicketBox(part, html);
  });
}

std::string TicketPage(const std::string& ticket, const v1::Complaint& complaint,
                       text::Language language, const PageFacts& facts) {
  return PlainPage(
      language, WithoutLink(facts), HeadlineOf(complaint.stage()), kSpeech,
      [&](const Part& part, Html& html) {
        const std::string sequence = StrCat(complaint.sequence());
        if (complaint.overdue()) {
          html.Raw("<p class=fault>");
          html.Text(part.Say(words::kTicketOverdue, {{"sequence", sequence}})).Raw("</p>");
        }
        if (!complaint.text().empty()) {
          html.Raw("<div class=card><p><bdi>").Text(complaint.text()).Raw("</bdi></p></div>");
        }
        WriteProgress(part, complaint, html);
        html.Raw("<div class=card><p class=dim>").Text(part.Say(words::kTicket));
        html.Raw("</p><p class=\"code ticket\">").Text(Grouped(ticket)).Raw("</p><p>");
        html.Text(part.Say(words::kTicketKeep)).Raw("</p></div><p class=means>");
        html.Text(part.Say(words::kTicketNumber,
                           {{"sequence", sequence},
                            {"time", part.Moment(domain::TimeOf(complaint.file_time()))}}));
        html.Raw("</p><p class=links><a href=\"?proof=file\">");
        html.Text(part.Say(words::kTicketProof)).Raw("</a></p>");
      });
}

std::string TicketUnknownPage(text::Language language, const PageFacts& facts) {
  return PlainPage(language, WithoutLink(facts), words::kTicketUnknown, kSpeech,
                   [](const Part& part, Html& html) {
                     html.Raw("<p>").Text(part.Say(words::kTicketUnknownMeans)).Raw("</p>");
                     WriteTicketBox(part, html);
                   });
}

}  // namespace suyuan::portal
