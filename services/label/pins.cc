#include "services/label/pins.h"

#include <algorithm>
#include <utility>

#include "services/domain/local_day.h"
#include "services/domain/time.h"
#include "storage/base/bytes.h"
#include "storage/base/hash.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::label {
namespace {

// Of a label: how often in vain, when last, and the first day with success (0: none).
struct Row {
  int wrong = 0;
  int64_t wrong_micros = 0;
  int64_t right_day = 0;

  std::string Bytes() const {
    std::string bytes(1, static_cast<char>(wrong));
    bytes += BigEndian64(static_cast<uint64_t>(wrong_micros));
    bytes += BigEndian64(static_cast<uint64_t>(right_day));
    return bytes;
  }
  static absl::StatusOr<Row> Parse(std::string_view bytes) {
    ByteReader reader(bytes);
    Row row;
    row.wrong = reader.U8();
    row.wrong_micros = static_cast<int64_t>(reader.U64());
    row.right_day = static_cast<int64_t>(reader.U64());
    if (!reader.done()) return absl::DataLossError("tries of a PIN cannot be read");
    return row;
  }
};

}  // namespace

absl::StatusOr<std::unique_ptr<Pins>> Pins::Open(const PinsOptions& options) {
  kv::DbOptions db;
  db.dir = options.dir;
  db.families = {{"pins"}};
  db.memory = options.memory;
  ASSIGN_OR_RETURN(std::unique_ptr<kv::Db> opened, kv::Db::Open(db));
  return std::unique_ptr<Pins>(new Pins(options, std::move(opened)));
}

int64_t Pins::DayOf(absl::Time time) const {
  return domain::LocalDay(time, options_.utc_offset_minutes);
}

bool Pins::MayTry(int network, absl::Time now) {
  if (const int64_t day = DayOf(now); day != day_) {
    day_ = day;
    wrong_of_.clear();
  }
  if (const int64_t hour = absl::ToInt64Hours(now - absl::UnixEpoch()); hour != hour_) {
    hour_ = hour;
    wrong_ = 0;
  }
  const auto found = wrong_of_.find(network);
  return wrong_ < kPinHourMax && (found == wrong_of_.end() || found->second < kPinNetworkMax);
}

absl::StatusOr<v1::CheckLabelPinResponse> Pins::Check(const Label& label, std::string_view right,
                                                      std::string_view tried, int network) {
  std::string key = label.run.name;
  PutU32(key, static_cast<uint32_t>(label.number));
  v1::CheckLabelPinResponse response;
  const MutexLock lock(&mutex_);
  const absl::Time now = options_.clock->Now();
  if (!MayTry(network, now)) {
    response.set_outcome(v1::PIN_OUTCOME_TOO_MANY_HERE);
    return response;
  }
  Row row;
  if (const absl::StatusOr<std::string> bytes = db_->Get(0, key); bytes.ok()) {
    ASSIGN_OR_RETURN(row, Row::Parse(*bytes));
  } else if (!absl::IsNotFound(bytes.status())) {
    return bytes.status();
  }
  const absl::Time rest_end = FromMicros(row.wrong_micros) + kPinRest;
  if (row.wrong > 0 && now >= rest_end) row.wrong = 0;
  if (row.wrong >= kPinTriesMax) {
    response.set_outcome(v1::PIN_OUTCOME_LOCKED);
    *response.mutable_until_time() = domain::StampOf(rest_end);
    return response;
  }
  if (EqualInConstantTime(right, tried)) {
    response.set_outcome(v1::PIN_OUTCOME_RIGHT);
    if (row.right_day != 0) response.set_first_day(domain::DayText(row.right_day));
    if (row.right_day == 0) row.right_day = DayOf(now);
    row.wrong = 0;
  } else {
    ++wrong_;
    ++wrong_of_[network];
    row.wrong_micros = ToMicros(now);
    response.set_outcome(++row.wrong < kPinTriesMax ? v1::PIN_OUTCOME_WRONG
                                                    : v1::PIN_OUTCOME_LOCKED);
    response.set_tries_left(kPinTriesMax - row.wrong);
    if (row.wrong == kPinTriesMax) {
      *response.mutable_until_time() = domain::StampOf(now + kPinRest);
    }
  }
  kv::WriteBatch write;
  write.Put(0, key, row.Bytes());
  RETURN_IF_ERROR(db_->Write(write));
  return response;
}

}  // namespace suyuan::label
