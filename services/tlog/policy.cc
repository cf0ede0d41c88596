#include "services/tlog/policy.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "services/tlog/cosignature.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::tlog {

// Reads a policy line by line. For one call.
class PolicyParser {
 public:
  absl::StatusOr<Policy> Parse(std::string_view text);

 private:
  using Words = std::vector<std::string>;
  absl::Status Line(const Words& words);
  absl::Status Log(const Words& words);
  absl::Status Witness(const Words& words);
  absl::Status Group(const Words& words);
  absl::Status Quorum(const Words& words);
  absl::Status Define(const std::string& name);
  int Find(const std::string& name) const;  // -1: not defined.
  absl::Status Wrong(std::string_view why) const {
    return absl::InvalidArgumentError(StrCat("policy, line ", line_, ": ", why));
  }

  Policy policy_;
  std::vector<bool> grouped_;  // Of each item: whether it is a member of a group.
  size_t groups_ = 0;
  bool has_quorum_ = false;
  int line_ = 0;
};

absl::StatusOr<Policy> PolicyParser::Parse(std::string_view text) {
  if (text.size() > kPolicyBytesMax) return Wrong("too long");
  if (!text.empty() && !text.ends_with('\n')) return Wrong("the last line does not end");
  while (!text.empty()) {
    ++line_;
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() + 1);
    for (const char c : line) {
      const auto byte = static_cast<unsigned char>(c);
      if ((byte < 0x20 && c != '\t') || byte == 0x7F) return Wrong("a control character");
    }
    const Words words = absl::StrSplit(ToAbsl(line), absl::ByAnyChar(" \t"), absl::SkipEmpty());
    if (words.empty() || words[0].starts_with('#')) continue;
    RETURN_IF_ERROR(Line(words));
  }
  if (!has_quorum_) return Wrong("no quorum");
  return std::move(policy_);
}

absl::Status PolicyParser::Line(const Words& words) {
  if (words[0] == "log") return Log(words);
  if (words[0] == "witness") return Witness(words);
  if (words[0] == "group") return Group(words);
  if (words[0] == "quorum") return Quorum(words);
  return Wrong("neither log, witness, group nor quorum");
}

absl::Status PolicyParser::Log(const Words& words) {
  if (words.size() != 2 && words.size() != 3) return Wrong("not: log KEY [URL]");
  if (policy_.logs_.size() == kPolicyItemsMax) return Wrong("too many logs");
  const absl::StatusOr<VerifierKey> key = VerifierKey::Parse(words[1]);
  if (!key.ok()) return Wrong(FromAbsl(key.status().message()));
  if (key->type() != KeyType::kEd25519) return Wrong("the key is not a log's");
  for (const PolicyLog& log : policy_.logs_) {
    if (log.key.bytes() == key->bytes()) return Wrong("the log is given twice");
  }
  policy_.logs_.push_back({*key, words.size() == 3 ? words[2] : ""});
  return absl::OkStatus();
}

absl::Status PolicyParser::Witness(const Words& words) {
  if (words.size() != 3 && words.size() != 4) return Wrong("not: witness NAME KEY [URL]");
  if (policy_.witnesses_.size() == kPolicyItemsMax) return Wrong("too many witnesses");
  RETURN_IF_ERROR(Define(words[1]));
  const absl::StatusOr<VerifierKey> key = VerifierKey::Parse(words[2]);
  if (!key.ok()) return Wrong(FromAbsl(key.status().message()));
  if (key->type() != KeyType::kCosignature) return Wrong("the key is not a witness's");
  for (const PolicyWitness& witness : policy_.witnesses_) {
    if (witness.key.bytes() == key->bytes()) return Wrong("the witness is given twice");
  }
  policy_.witnesses_.push_back({words[1], *key, words.size() == 4 ? words[3] : ""});
  return absl::OkStatus();
}

absl::Status PolicyParser::Group(const Words& words) {
  if (words.size() < 4) return Wrong("not: group NAME all|any|NUMBER NAME…");
  if (++groups_ > kPolicyItemsMax) return Wrong("too many groups");
  Policy::Item group;
  for (size_t i = 3; i < words.size(); ++i) {
    const int member = Find(words[i]);
    if (member < 0) return Wrong(StrCat(words[i], " is not defined above"));
    if (grouped_[member]) return Wrong(StrCat(words[i], " is in a group already"));
    grouped_[member] = true;
    group.members.push_back(static_cast<size_t>(member));
  }
  if (words[2] == "all") {
    group.threshold = group.members.size();
  } else if (words[2] == "any") {
    group.threshold = 1;
  } else if (!absl::SimpleAtoi(words[2], &group.threshold) || words[2] != StrCat(group.threshold) ||
             group.threshold < 1 || group.threshold > group.members.size()) {
    return Wrong("the threshold is neither all, any nor a number of members");
  }
  RETURN_IF_ERROR(Define(words[1]));
  group.name = words[1];
  policy_.items_.back() = std::move(group);
  return absl::OkStatus();
}

absl::Status PolicyParser::Quorum(const Words& words) {
  if (words.size() != 2) return Wrong("not: quorum NAME");
  if (has_quorum_) return Wrong("a second quorum");
  has_quorum_ = true;
  if (words[1] == "none") return absl::OkStatus();
  policy_.quorum_ = Find(words[1]);
  return policy_.quorum_ < 0 ? Wrong(StrCat(words[1], " is not defined above")) : absl::OkStatus();
}

absl::Status PolicyParser::Define(const std::string& name) {
  if (name == "none" || Find(name) >= 0) return Wrong(StrCat(name, " is taken already"));
  policy_.items_.push_back({name, 0, {}});
  grouped_.push_back(false);
  return absl::OkStatus();
}

int PolicyParser::Find(const std::string& name) const {
  for (size_t i = 0; i < policy_.items_.size(); ++i) {
    if (policy_.items_[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

absl::StatusOr<Policy> Policy::Parse(std::string_view text) { return PolicyParser().Parse(text); }

Policy Policy::OfLog(const VerifierKey& key) {
  Policy policy;
  policy.AddLog(key);
  return policy;
}

bool Policy::QuorumOf(const std::vector<std::string>& witnesses) const {
  if (quorum_ < 0) return true;
  std::vector<bool> holds;
  for (const Item& item : items_) {
    if (item.members.empty()) {
      holds.push_back(std::count(witnesses.begin(), witnesses.end(), item.name) > 0);
      continue;
    }
    const auto count = std::count_if(item.members.begin(), item.members.end(),
                                     [&](size_t member) { return holds[member]; });
    holds.push_back(static_cast<size_t>(count) >= item.threshold);
  }
  return holds[static_cast<size_t>(quorum_)];
}

absl::StatusOr<Trusted> Policy::Open(std::string_view bytes) const {
  ASSIGN_OR_RETURN(const Note note, ParseNote(bytes));
  Trusted trusted;
  ASSIGN_OR_RETURN(trusted.checkpoint, ParseCheckpoint(note.text));
  bool listed = false;
  bool is_signed = false;
  for (const PolicyLog& log : logs_) {
    if (log.key.name() != trusted.checkpoint.origin) continue;
    listed = true;
    const absl::Status status = VerifyNote(note, log.key);
    if (absl::IsDataLoss(status)) return status;
    is_signed = is_signed || status.ok();  // A log in rotation has two keys.
  }
  if (!listed) {
    return absl::NotFoundError(
        StrCat("the checkpoint is of a log that is not trusted, ", trusted.checkpoint.origin));
  }
  if (!is_signed) return absl::DataLossError("the checkpoint is not signed by its log");
  std::vector<std::string> names;
  for (const PolicyWitness& witness : witnesses_) {
    const absl::StatusOr<int64_t> seconds = CosignedAt(note, witness.key);
    if (absl::IsNotFound(seconds.status())) continue;
    RETURN_IF_ERROR(seconds.status());
    trusted.cosigned.push_back({witness.name, *seconds});
    names.push_back(witness.name);
  }
  if (!QuorumOf(names)) {
    return absl::FailedPreconditionError(
        StrCat("too few witnesses cosigned the checkpoint: ",
               names.empty() ? "none" : absl::StrJoin(names, ", ")));
  }
  return trusted;
}

}  // namespace suyuan::tlog
