#include "services/label/scans.h"

#include <algorithm>
#include <utility>

#include "services/domain/local_day.h"
#include "storage/base/bytes.h"
#include "storage/base/log.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::label {
namespace {

enum ScanFamily {
  kLabels,   // "{run}{be32 number}" → Row.
  kPeriods,  // "{be32 period}{key of kLabels}" → "": what is to be dropped, oldest first.
  // "{batch}|{u8 signal}" → be32 labels, first and last day; (be32 number, run)…; and where there
  // are places, be32 0, (place, be32 labels, be32 last day)….
  kClusters,
};

constexpr int kCountMax = 65'535;
constexpr size_t kNetworkLabelsMax = 50'000;  // Beyond it all are forgotten: some megabytes.
constexpr int kDroppedMax = 1000;             // Rows a write drops at most.

std::string KeyOf(const std::string& run, int number) {
  std::string key = run;
  PutU32(key, static_cast<uint32_t>(number));
  return key;
}

Label LabelOf(std::string_view key) {
  Label label;
  label.run.name = std::string(key.substr(0, key.size() - 4));
  label.number = static_cast<int>(ByteReader(key.substr(key.size() - 4)).U32());
  return label;
}

Place TakePlace(ByteReader& reader) { return PlaceOf(reader.Bytes(sizeof(Place))); }

std::string_view BytesOfPlace(const Place& place) { return {place.data(), place.size()}; }

bool IsCountry(const Place& place) { return place[2] == '\0'; }

// Whether both may be one place: a table may not know the province of some of a country's
// addresses.
bool MayBeOne(const Place& a, const Place& b) {
  return a == b || ((IsCountry(a) || IsCountry(b)) && a[0] == b[0] && a[1] == b[1]);
}

// Puts a visit beside those of its place, else over none or the oldest.
void Visit(const Scanned::Visit& visit, Scanned* scanned) {
  auto& visits = scanned->visits;
  const auto known = std::find_if(visits.begin(), visits.end(), [&](const auto& other) {
    return MayBeOne(other.place, visit.place);
  });
  if (known != visits.end()) {
    // Which of its provinces a country alone was, nobody knows.
    if (IsCountry(visit.place) && !IsCountry(known->place)) return;
    *known = {visit.place, std::max(known->day, visit.day)};
    return;
  }
  *std::min_element(visits.begin(), visits.end(),
                    [](const auto& a, const auto& b) { return a.day < b.day; }) = visit;
}

void ForgetVisits(Day today, Scanned* scanned) {
  for (Scanned::Visit& visit : scanned->visits) {
    if (today - visit.day >= kPlacesDays) visit = {};
  }
}

bool InManyPlaces(const Scanned& scanned) {
  return std::all_of(scanned.visits.begin(), scanned.visits.end(),
                     [](const Scanned::Visit& visit) { return visit.day != 0; });
}

void Merge(const Scanned& added, Scanned* scanned) {
  if (scanned->first_day == 0) {
    scanned->first_day = added.first_day;
    scanned->first_place = added.first_place;
  }
  for (const Scanned::Visit& visit : added.visits) {
    if (visit.day != 0) Visit(visit, scanned);
  }
  scanned->last_day = std::max(scanned->last_day, added.last_day);
  scanned->count = std::min(kCountMax, scanned->count + added.count);
  scanned->networks = std::max(scanned->networks, added.networks);
  scanned->signals |= added.signals;
}

std::string PeriodKey(Day period, std::string_view key) {
  std::string out;
  PutU32(out, static_cast<uint32_t>(period));
  return out.append(key);
}

std::string BytesOfCluster(const SignalCluster& cluster) {
  std::string bytes;
  PutU32(bytes, static_cast<uint32_t>(cluster.labels));
  PutU32(bytes, static_cast<uint32_t>(cluster.first_day));
  PutU32(bytes, static_cast<uint32_t>(cluster.last_day));
  for (const Label& label : cluster.examples) {
    PutU32(bytes, static_cast<uint32_t>(label.number));
    bytes.push_back(static_cast<char>(label.run.name.size()));
    bytes += label.run.name;
  }
  if (cluster.places.empty()) return bytes;
  PutU32(bytes, 0);  // No label's number.
  for (const auto& [place, at] : cluster.places) {
    bytes += BytesOfPlace(place);
    PutU32(bytes, static_cast<uint32_t>(at.labels));
    PutU32(bytes, static_cast<uint32_t>(at.last_day));
  }
  return bytes;
}

bool HasPlaces(const Scanned& scanned) {
  return scanned.first_place != Place{} ||
         std::any_of(scanned.visits.begin(), scanned.visits.end(),
                     [](const Scanned::Visit& visit) { return visit.day != 0; });
}

}  // namespace

Place PlaceOf(std::string_view code) {
  Place place{};
  if (code.size() <= place.size()) std::copy(code.begin(), code.end(), place.begin());
  return place;
}

std::string TextOf(const Place& place) {
  return {place.begin(), std::find(place.begin(), place.end(), '\0')};
}

// Counts begin again with each period. Places are behind the rest, where there are any.
std::string Scans::BytesOf(const Row& row) {
  std::string bytes;
  PutU32(bytes, static_cast<uint32_t>(row.scanned.first_day));
  PutU32(bytes, static_cast<uint32_t>(row.scanned.last_day));
  PutU32(bytes, static_cast<uint32_t>(row.period));
  PutU16(bytes, static_cast<uint16_t>(row.scanned.count));
  bytes.push_back(static_cast<char>(row.scanned.networks));
  bytes.push_back(static_cast<char>(row.scanned.signals));
  if (!HasPlaces(row.scanned)) return bytes;
  bytes += BytesOfPlace(row.scanned.first_place);
  for (const Scanned::Visit& visit : row.scanned.visits) {
    bytes += BytesOfPlace(visit.place);
    PutU32(bytes, static_cast<uint32_t>(visit.day));
  }
  return bytes;
}

absl::StatusOr<Scans::Row> Scans::Parse(std::string_view bytes) {
  ByteReader reader(bytes);
  Row row;
  row.scanned.first_day = static_cast<Day>(reader.U32());
  row.scanned.last_day = static_cast<Day>(reader.U32());
  row.period = static_cast<Day>(reader.U32());
  row.scanned.count = reader.U16();
  row.scanned.networks = reader.U8();
  row.scanned.signals = reader.U8();
  if (!reader.rest().empty()) {
    row.scanned.first_place = TakePlace(reader);
    for (Scanned::Visit& visit : row.scanned.visits) {
      visit.place = TakePlace(reader);
      visit.day = static_cast<Day>(reader.U32());
    }
  }
  if (!reader.done()) return absl::DataLossError("a count of scans cannot be read");
  return row;
}

// Nothing but the first day and its place is older than kScansKeptDays.
void Scans::Forget(Day today, Row* row) {
  ForgetVisits(today, &row->scanned);
  if (row->period == 0 || today - row->period < kScansKeptDays) return;
  Scanned first;
  first.first_day = row->scanned.first_day;
  first.first_place = row->scanned.first_place;
  *row = {first, 0};
}

Scans::Row Scans::After(const Pending& pending, Day today) {
  Row row = pending.before;
  Forget(today, &row);
  if (row.period == 0) row.period = pending.added.first_day;
  Merge(pending.added, &row.scanned);
  ForgetVisits(today, &row.scanned);
  return row;
}

absl::StatusOr<Scans::Row> Scans::Load(const std::string& key) const {
  const absl::StatusOr<std::string> bytes = db_->Get(kLabels, key);
  if (absl::IsNotFound(bytes.status())) return Row();
  if (!bytes.ok()) return bytes.status();
  return Parse(*bytes);
}

// One write: rows, what is dropped, clusters. Used by one thread.
class Scans::Writer {
 public:
  Writer(kv::Db* db, const Labels* labels, Day today) : db_(db), labels_(labels), today_(today) {}

  absl::Status AddAll() {
    // In order, so that what is written does not depend on a map's.
    std::vector<const Labels::value_type*> sorted;
    sorted.reserve(labels_->size());
    for (const auto& label : *labels_) sorted.push_back(&label);
    std::sort(sorted.begin(), sorted.end(),
              [](const auto* a, const auto* b) { return a->first < b->first; });
    for (const auto* label : sorted) RETURN_IF_ERROR(Add(label->first, label->second));
    return absl::OkStatus();
  }

  absl::Status DropOldRows() {
    const std::unique_ptr<kv::Iterator> row = db_->NewIterator(kPeriods);
    int dropped = 0;
    for (row->Seek(""); row->Valid() && dropped < kDroppedMax; row->Next(), ++dropped) {
      const Day period = static_cast<Day>(ByteReader(row->key()).U32());
      if (today_ - period < kScansKeptDays) break;
      const std::string key(row->key().substr(4));
      write_.Delete(kPeriods, row->key());
      if (labels_->contains(key)) continue;  // It begins a new period in this write.
      ASSIGN_OR_RETURN(const std::string bytes, db_->Get(kLabels, key));
      ASSIGN_OR_RETURN(Row old, Parse(bytes));
      Forget(today_, &old);
      write_.Put(kLabels, key, BytesOf(old));
    }
    return row->status();
  }

  absl::Status DropOldClusters() {
    const std::unique_ptr<kv::Iterator> cluster = db_->NewIterator(kClusters);
    for (cluster->Seek(""); cluster->Valid(); cluster->Next()) {
      ASSIGN_OR_RETURN(const SignalCluster old, ParseCluster(cluster->value()));
      const std::string key(cluster->key());
      if (today_ - old.last_day < kScansKeptDays || clusters_.contains(key)) continue;
      write_.Delete(kClusters, key);
    }
    return cluster->status();
  }

  absl::Status Finish() {
    for (const auto& [key, cluster] : clusters_) {
      write_.Put(kClusters, key, BytesOfCluster(cluster));
    }
    return db_->Write(write_);
  }

 private:
  absl::Status Add(const std::string& key, const Pending& pending) {
    Row before = pending.before;
    const Day began = before.period;
    Forget(today_, &before);
    const Row row = After(pending, today_);
    if (began != row.period) {
      if (began != 0) write_.Delete(kPeriods, PeriodKey(began, key));
      write_.Put(kPeriods, PeriodKey(row.period, key), "");
    }
    for (int signal = 1; signal < 8; ++signal) {
      if ((pending.added.signals >> signal & 1) == 0) continue;
      const bool known = (before.scanned.signals >> signal & 1) != 0;
      std::vector<Place> places = {pending.places[signal]};
      if (signal == v1::SCAN_SIGNAL_MANY_PLACES) {
        places.clear();
        for (const Scanned::Visit& visit : row.scanned.visits) places.push_back(visit.place);
      }
      RETURN_IF_ERROR(AddTo(StrCat(pending.batch, "|", std::string(1, static_cast<char>(signal))),
                            key, known, pending.added, places));
    }
    write_.Put(kLabels, key, BytesOf(row));
    return absl::OkStatus();
  }

  absl::Status AddTo(const std::string& name, const std::string& key, bool known,
                     const Scanned& added, const std::vector<Place>& places) {
    auto found = clusters_.find(name);
    if (found == clusters_.end()) {
      SignalCluster cluster;
      const absl::StatusOr<std::string> bytes = db_->Get(kClusters, name);
      if (!bytes.ok() && !absl::IsNotFound(bytes.status())) return bytes.status();
      if (bytes.ok()) {
        ASSIGN_OR_RETURN(cluster, ParseCluster(*bytes));
      }
      if (today_ - cluster.last_day >= kScansKeptDays) cluster = {};
      std::erase_if(cluster.places, [this](const auto& at) {
        return today_ - at.second.last_day >= kScansKeptDays;
      });
      found = clusters_.emplace(name, std::move(cluster)).first;
    }
    SignalCluster& cluster = found->second;
    if (cluster.first_day == 0) cluster.first_day = added.first_day;
    cluster.last_day = std::max(cluster.last_day, added.last_day);
    if (known && cluster.labels > 0) return absl::OkStatus();
    ++cluster.labels;
    for (const Place& place : places) {
      if (place == Place{}) continue;
      SignalCluster::At& at = cluster.places[place];
      ++at.labels;
      at.last_day = today_;
    }
    if (cluster.examples.size() < SignalCluster::kExamplesMax) {
      cluster.examples.push_back(LabelOf(key));
    }
    return absl::OkStatus();
  }

  kv::Db* const db_;
  const Labels* const labels_;
  const Day today_;
  kv::WriteBatch write_;
  std::map<std::string, SignalCluster> clusters_;
};

Scans::Scans(ScansOptions options, std::unique_ptr<kv::Db> db)
    : options_(std::move(options)),
      db_(std::move(db)),
      written_(options_.clock->Now()),
      flushed_(written_) {}

Scans::~Scans() {
  absl::Status status = Write();
  status.Update(db_->Flush());
  if (!status.ok()) log::Error("scans not counted", {{"status", status.ToString()}});
}

absl::StatusOr<std::unique_ptr<Scans>> Scans::Open(const ScansOptions& options) {
  kv::DbOptions db;
  db.dir = options.dir;
  db.families = {{"labels"}, {"periods", kv::Usage::kSequential}, {"clusters"}};
  db.memory = options.memory;
  db.durable = false;  // A sync a write would be a scan's wait; see kFlushAge.
  ASSIGN_OR_RETURN(std::unique_ptr<kv::Db> opened, kv::Db::Open(db));
  std::unique_ptr<Scans> scans(new Scans(options, std::move(opened)));
  RETURN_IF_ERROR(scans->Write());  // What is too old goes at each start.
  return scans;
}

Day Scans::Today() const {
  return static_cast<Day>(domain::LocalDay(options_.clock->Now(), options_.utc_offset_minutes));
}

std::string Scans::TextOf(Day day) const { return day == 0 ? "" : domain::DayText(day); }

absl::StatusOr<Scanned> Scans::Find(const std::string& run, int number) const {
  const std::string key = KeyOf(run, number);
  const Day today = Today();
  {
    const MutexLock lock(&mutex_);
    for (const Labels* labels : {&pending_, &writing_}) {
      const auto found = labels->find(key);
      if (found != labels->end()) return After(found->second, today).scanned;
    }
  }
  ASSIGN_OR_RETURN(Row row, Load(key));
  Forget(today, &row);
  return row.scanned;
}

Scans::Pending* Scans::FindPending(const std::string& key) {
  if (const auto found = pending_.find(key); found != pending_.end()) return &found->second;
  const auto writing = writing_.find(key);
  if (writing == writing_.end()) return nullptr;
  Pending& pending = pending_[key];
  pending.before = After(writing->second, Today());
  return &pending;
}

absl::StatusOr<Scanned> Scans::Count(const Scan& scan) {
  const std::string key = KeyOf(scan.run, scan.number);
  const Day today = Today();
  Row loaded;
  int64_t loaded_at = -1;
  while (true) {
    {
      const MutexLock lock(&mutex_);
      Pending* pending = FindPending(key);
      if (pending == nullptr && loaded_at == writes_) {
        // A disk that does not keep up costs counts, not memory.
        if (pending_.size() >= kHeldMax) return loaded.scanned;
        pending = &pending_[key];
        pending->before = loaded;
      }
      if (pending != nullptr) {
        const bool scanned = pending->added.count > 0;
        Row before = scanned ? After(*pending, today) : pending->before;
        Forget(today, &before);
        pending->batch = scan.batch;
        const Scanned added = Added(scan, key, today);
        for (size_t signal = 0; signal < pending->places.size(); ++signal) {
          const int first = added.signals & ~pending->added.signals;
          if ((first >> signal & 1) != 0) pending->places[signal] = scan.place;
        }
        Merge(added, &pending->added);
        if (scan.place != Place{} && InManyPlaces(After(*pending, today).scanned)) {
          pending->added.signals |= 1 << v1::SCAN_SIGNAL_MANY_PLACES;
        }
        return before.scanned;
      }
      loaded_at = writes_;
    }
    ASSIGN_OR_RETURN(loaded, Load(key));
    Forget(today, &loaded);
  }
}

Scanned Scans::Added(const Scan& scan, const std::string& key, Day today) {
  if (networks_day_ != today || networks_.size() >= kNetworkLabelsMax) {
    networks_.clear();
    networks_day_ = today;
  }
  Scanned added;
  added.first_day = added.last_day = today;
  added.count = 1;
  added.first_place = scan.place;
  if (scan.place != Place{}) added.visits[0] = {scan.place, today};
  for (const v1::ScanSignal signal : scan.signals) {
    added.signals |= static_cast<uint8_t>(1 << signal);
  }
  if (scan.network == 0) return added;
  std::vector<int>& networks = networks_[key];
  if (networks.size() <= kNetworksMax &&
      std::find(networks.begin(), networks.end(), scan.network) == networks.end()) {
    networks.push_back(scan.network);
  }
  added.networks = static_cast<int>(networks.size());
  if (added.networks > kNetworksMax) added.signals |= 1 << v1::SCAN_SIGNAL_MANY_NETWORKS;
  return added;
}

void Scans::WriteIfDue() {
  const absl::Time now = options_.clock->Now();
  bool flush = false;
  {
    const MutexLock lock(&mutex_);
    flush = now - flushed_ >= kFlushAge;
    if (busy_ || (!flush && pending_.size() < kPendingMax && now - written_ < kWriteAge)) return;
    if (flush) flushed_ = now;
  }
  absl::Status status = Write();
  if (flush) status.Update(db_->Flush());
  if (!status.ok()) log::Error("scans not counted", {{"status", status.ToString()}});
}

absl::Status Scans::Write() {
  const Day today = Today();
  const Labels* labels = nullptr;
  bool sweep = false;  // All clusters are looked at once a day.
  {
    const MutexLock lock(&mutex_);
    if (std::exchange(busy_, true)) return absl::OkStatus();  // Another thread does.
    std::swap(pending_, writing_);
    written_ = options_.clock->Now();
    sweep = std::exchange(swept_day_, today) != today;
    labels = &writing_;  // Changed by whoever is busy alone.
  }
  const absl::Status status = [&]() -> absl::Status {
    Writer writer(db_.get(), labels, today);
    RETURN_IF_ERROR(writer.AddAll());
    RETURN_IF_ERROR(writer.DropOldRows());
    if (sweep) RETURN_IF_ERROR(writer.DropOldClusters());
    return writer.Finish();
  }();
  const MutexLock lock(&mutex_);
  writing_.clear();
  ++writes_;
  busy_ = false;
  return status;
}

std::unique_ptr<kv::Iterator> Scans::Clusters() const { return db_->NewIterator(kClusters); }

absl::StatusOr<SignalCluster> Scans::ParseCluster(std::string_view value) {
  ByteReader reader(value);
  SignalCluster cluster;
  cluster.labels = static_cast<int>(reader.U32());
  cluster.first_day = static_cast<Day>(reader.U32());
  cluster.last_day = static_cast<Day>(reader.U32());
  while (reader.ok() && !reader.rest().empty()) {
    Label label;
    label.number = static_cast<int>(reader.U32());
    if (label.number == 0) break;
    label.run.name = std::string(reader.Bytes(reader.U8()));
    cluster.examples.push_back(std::move(label));
  }
  while (reader.ok() && !reader.rest().empty()) {
    SignalCluster::At& at = cluster.places[TakePlace(reader)];
    at.labels = static_cast<int>(reader.U32());
    at.last_day = static_cast<Day>(reader.U32());
  }
  if (!reader.ok()) return absl::DataLossError("a cluster of scans cannot be read");
  return cluster;
}

}  // namespace suyuan::label
