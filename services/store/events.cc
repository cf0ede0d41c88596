#include "services/store/events.h"

#include "storage/base/bytes.h"
#include "storage/base/clock.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::store {
namespace {

absl::Status Parse(const ledger::Record& record, int index, std::string_view bytes,
                   event::v1::Event* event) {
  if (event->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::OkStatus();
  }
  return absl::DataLossError(StrCat("event ", record.leaf.sequence, ".", index, " cannot be read"));
}

}  // namespace

absl::StatusOr<std::vector<event::v1::Event>> ParseEvents(const ledger::Record& record) {
  std::vector<event::v1::Event> events;
  for (const std::string_view bytes : record.events()) {
    const int index = static_cast<int>(events.size());
    RETURN_IF_ERROR(Parse(record, index, bytes, &events.emplace_back()));
  }
  return events;
}

Hash HashOfEvents(const std::vector<event::v1::Event>& events) {
  std::string all;
  for (const event::v1::Event& event : events) {
    const std::string bytes = event.SerializeAsString();
    PutU32(all, static_cast<uint32_t>(bytes.size()));
    all += bytes;
  }
  return Sha256(all);
}

std::optional<Hash> PrivateRootOf(const std::vector<event::v1::Event>& events) {
  for (const event::v1::Event& event : events) {
    const std::string& root =
        event.has_member_invited()    ? event.member_invited().claim().private_root()
        : event.has_complaint_filed() ? event.complaint_filed().private_root()
                                      : event.plot_registered().claim().private_root();
    if (root.size() == kHashSize) return HashFromBytes(root);
  }
  return std::nullopt;
}

absl::Status ForEachEvent(const ledger::Record& record,
                          absl::FunctionRef<absl::Status(const domain::EventAt&)> fold) {
  const absl::Time record_time = FromMicros(record.leaf.record_micros);
  event::v1::Event event;
  int index = 0;
  for (const std::string_view bytes : record.events()) {
    RETURN_IF_ERROR(Parse(record, index, bytes, &event));
    RETURN_IF_ERROR(fold({event, record.leaf.sequence, index++, record_time}));
  }
  return absl::OkStatus();
}

}  // namespace suyuan::store
