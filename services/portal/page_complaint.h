// The pages where somebody complains and follows what becomes of it: forms that work without a
// script, in the style of the scan page. Pure functions; thread-safe.
#pragma once

#include <string>

#include "services/portal/page_text.h"
#include "services/portal/scan_page.h"
#include "suyuan/v1/complaint.pb.h"

namespace suyuan::portal {

// What somebody has typed so far; shown again where it was not taken.
struct ComplaintDraft {
  std::string id;     // Of the form: what is sent twice is filed once.
  std::string about;  // Path of the page it was begun on; empty: none that names anything.
  std::string label;  // Code of the label it names.
  std::string batch;  // Number of the batch it names, where it names no label.
  std::string code;   // As typed, where it names neither.
  int kind = 0;       // claim.v1.ComplaintKind; 0: none yet.
  std::string text;
  std::string contact;
};

// `fault`: what is wrong with it; null: nothing was sent yet.
std::string ComplaintFormPage(const ComplaintDraft& draft, const Words* fault,
                              text::Language language, const PageFacts& facts);
// `complaint`: as FollowComplaint answers it.
std::string TicketPage(const std::string& ticket, const v1::Complaint& complaint,
                       text::Language language, const PageFacts& facts);
std::string TicketUnknownPage(text::Language language, const PageFacts& facts);

}  // namespace suyuan::portal
