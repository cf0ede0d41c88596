// Where the public complains and follows what becomes of it, without a script and without an
// account. The ticket in an address is all that somebody needs: nothing of it is logged.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "services/http/server.h"
#include "services/portal/complaint_budget.h"
#include "services/portal/page_complaint.h"
#include "services/portal/portal.h"
#include "services/portal/visit.h"
#include "services/rpc/pool.h"

namespace suyuan::portal {

inline constexpr char kComplaintPath[] = "/complaint";
inline constexpr std::string_view kTicketPrefix = "/complaint/";
constexpr size_t kPhotosMax = 3;
constexpr size_t kPhotoFileMax = 5 << 20;  // Bytes, as it is sent.

// Thread-safe.
class Complaints {
 public:
  explicit Complaints(const PortalOptions& options);
  ~Complaints();

  // "?complain=1" on any page: to the form, which then knows what page it is about.
  http::Response Begin(const http::Request& request) const;
  // The form; with "?ticket=…", to that ticket's page.
  http::Response Form(const http::Request& request) const;
  // The form as it was sent. 303 to its ticket's page; 400 with the form and what is wrong with it;
  // 409: the form was filed before, with other words; 429: too many from that network or about that
  // label; 503: too many at once, or it cannot be filed now.
  void File(http::Request request, http::Respond respond) const;
  // A ticket's page, or the proof of its record ("?proof=file"). 404: there is no such ticket.
  void Follow(http::Request request, http::Respond respond) const;

 private:
  struct Filing;
  using FilingPtr = std::shared_ptr<Filing>;

  PageFacts FactsFor(const http::Request& request) const;
  http::Response FormAnswer(const http::Request& request, int status, const ComplaintDraft& draft,
                            const Words* fault) const;
  void Refuse(const Filing& filing, int status, const Words& fault) const;
  // One after the other, each on the thread the one before ended on.
  void FindBatch(const FilingPtr& filing) const;
  void RedrawPhotos(const FilingPtr& filing) const;
  void Send(const FilingPtr& filing) const;
  void Answer(const Filing& filing, const absl::StatusOr<std::string>& answer) const;
  http::Response Unavailable(const http::Request& request, const absl::Status& status) const;
  void Prove(const http::Request& request, int64_t sequence, const http::Respond& respond) const;

  const PortalOptions options_;
  mutable NetworkTags networks_;
  mutable ComplaintBudget budget_;
  // Photos are decoded one at a time (photo.h says what one takes).
  const std::unique_ptr<rpc::Pool> pool_;
};

}  // namespace suyuan::portal
