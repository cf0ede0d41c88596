#include "services/label/print.h"

#include <algorithm>
#include <utility>

#include "services/document/label_print.h"
#include "services/domain/error.h"
#include "services/domain/quantity.h"
#include "services/domain/time.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::label {
namespace {

constexpr int kLabelsAPiece = 500;  // Of a PDF: how long a pool thread works at once.
constexpr int kDotsPerInchDefault = 203;

absl::Status LayoutRefused(const absl::Status& why) {
  return domain::Error(v1::REASON_LABEL_LAYOUT, {{"detail", std::string(why.message())}});
}

// "500 g": legal units, packs in grams and millilitres up to a thousand.
std::string NetContent(const claim::v1::Quantity& quantity) {
  constexpr int64_t kSmall = 1000, kLarge = 1000 * kSmall;
  const bool mass = quantity.unit() == claim::v1::UNIT_MILLIGRAM;
  const bool volume = quantity.unit() == claim::v1::UNIT_MICROLITRE;
  if ((mass || volume) && quantity.amount() < kLarge && quantity.amount() % kSmall == 0) {
    return StrCat(quantity.amount() / kSmall, mass ? " g" : " ml");
  }
  return domain::FormatAmount({quantity.amount(), quantity.unit()}, !mass && !volume);
}

// Facts, never a status: paper cannot be recalled.
document::LabelFacts FactsOf(const PrintJob& job) {
  const v1::Journey& journey = job.journey;
  document::LabelFacts facts;
  facts.product = journey.product().name();
  facts.grade = journey.batch().grade();
  if (journey.product().has_net_content()) {
    const claim::v1::Quantity& content = journey.product().net_content();
    facts.net_content = NetContent(content);
    facts.net_content_height = document::NetContentHeight(
        content.amount(), content.unit() == claim::v1::UNIT_MILLIGRAM ||
                              content.unit() == claim::v1::UNIT_MICROLITRE);
  }
  // Of a mixture the first day, and nobody's name where there are several.
  std::optional<absl::Time> harvest;
  for (const v1::Origin& origin : journey.origins()) {
    if (origin.has_harvest_time()) {
      const absl::Time time = domain::TimeOf(origin.harvest_time());
      harvest = std::min(harvest.value_or(time), time);
    }
    if (origin.party_name() == journey.origins(0).party_name()) {
      facts.producer = origin.party_name();
    }
  }
  for (const v1::Origin& origin : journey.origins()) {
    if (origin.party_name() != facts.producer) facts.producer.clear();
  }
  if (harvest.has_value()) facts.harvest = domain::DayTextOf(*harvest, job.utc_offset_minutes);
  facts.batch = std::string(domain::BatchId::FromName(journey.batch().name()).id());
  facts.domain = job.run.host;
  facts.pin = job.run.pin;
  return facts;
}

// One stream of one call; used by one thread at a time.
class Print {
 public:
  Print(PrintJob job, document::LabelArt art)
      : job_(std::move(job)), art_(std::move(art)), next_(std::max(1, job_.request.first())) {
    last_ = job_.request.last() == 0 ? job_.run.count : job_.request.last();
    first_ = next_;
  }

  absl::Status Start() {
    const v1::PrintLabelsRequest& request = job_.request;
    constexpr double kMicrometres = 1000;
    if (request.print() == v1::LABEL_PRINT_PDF) {
      document::PdfOptions options;
      options.first_cell = std::max(1, request.first_cell());
      options.offset_x = request.offset_x_um() / kMicrometres;
      options.offset_y = request.offset_y_um() / kMicrometres;
      ASSIGN_OR_RETURN(pdf_, document::LabelPdf::Start(&art_, options));
      return absl::OkStatus();
    }
    if (art_.layout().grid.has_value()) {
      return absl::InvalidArgumentError("sheets are printed from a PDF");
    }
    const int dots = request.dots_per_inch();
    ASSIGN_OR_RETURN(raster_,
                     document::LabelRaster::Start(&art_, dots == 0 ? kDotsPerInchDefault : dots));
    return absl::OkStatus();
  }

  absl::StatusOr<std::unique_ptr<v1::PrintLabelsResponse>> Next() {
    if (finished_) return nullptr;
    auto piece = std::make_unique<v1::PrintLabelsResponse>();
    const int limit = pdf_ != nullptr ? kLabelsAPiece : 1;
    for (int added = 0; added < limit && next_ <= last_; ++next_) {
      ASSIGN_OR_RETURN(const v1::LabelCode code, job_.code(next_));
      if (code.voided()) continue;
      RETURN_IF_ERROR(Add({code.url(), code.code(), code.pin()}, piece.get()));
      piece->set_number(next_);
      ++added;
      ++done_;
    }
    finished_ = next_ > last_;
    if (pdf_ != nullptr) {
      if (finished_) pdf_->Finish();
      piece->set_data(pdf_->Take());
      piece->set_media_type("application/pdf");
    } else if (piece->number() == 0) {
      return nullptr;  // All that were left are void.
    }
    piece->set_done(done_);
    piece->set_total(last_ - first_ + 1);
    return piece;
  }

 private:
  absl::Status Add(const document::LabelCode& label, v1::PrintLabelsResponse* piece) {
    if (pdf_ != nullptr) return pdf_->Add(label);
    ASSIGN_OR_RETURN(const document::Bitmap bitmap, raster_->Draw(label));
    const document::Layout& layout = art_.layout();
    switch (job_.request.print()) {
      case v1::LABEL_PRINT_ZPL:
        piece->set_data(document::ZplOf(bitmap));
        piece->set_media_type("application/vnd.zebra-zpl");
        break;
      case v1::LABEL_PRINT_TSPL:
        piece->set_data(document::TsplOf(bitmap, layout.width, layout.height));
        piece->set_media_type("application/vnd.tsc-tspl");
        break;
      default:
        piece->set_data(
            document::PngOf(bitmap, std::max(kDotsPerInchDefault, job_.request.dots_per_inch())));
        piece->set_media_type("image/png");
    }
    return absl::OkStatus();
  }

  const PrintJob job_;
  const document::LabelArt art_;
  std::unique_ptr<document::LabelPdf> pdf_;  // One of the two.
  std::unique_ptr<document::LabelRaster> raster_;
  int first_ = 0, next_, last_ = 0, done_ = 0;
  bool finished_ = false;
};

}  // namespace

absl::StatusOr<rpc::Generator<v1::PrintLabelsResponse>> OpenPrint(PrintJob job) {
  const v1::PrintLabelsRequest& request = job.request;
  const int last = request.last() == 0 ? job.run.count : request.last();
  if (last > job.run.count || request.first() > last) {
    return domain::Error(v1::REASON_LABEL_RANGE);
  }
  const document::Layout* layout = document::FindLayout(request.layout());
  if (layout == nullptr) {
    return domain::Error(v1::REASON_FIELD_MALFORMED, {{"field", "layout"}});
  }
  absl::StatusOr<document::LabelArt> art = document::LabelArt::Make(*layout, FactsOf(job));
  if (!art.ok()) return LayoutRefused(art.status());
  auto print = std::make_shared<Print>(std::move(job), *std::move(art));
  if (const absl::Status status = print->Start(); !status.ok()) return LayoutRefused(status);
  return rpc::Generator<v1::PrintLabelsResponse>([print] { return print->Next(); });
}

}  // namespace suyuan::label
