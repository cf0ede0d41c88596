// Private data end to end: stored, recorded as a root, disclosed with proof, erased; and nowhere in
// plain text at any time.
#include <algorithm>
#include <cstring>
#include <filesystem>

#include "absl/container/flat_hash_set.h"
#include "cli/exit_code.h"
#include "services/domain/id.h"
#include "services/rpc/invitation.h"
#include "storage/base/bytes.h"
#include "storage/base/hash.h"
#include "storage/base/text.h"
#include "storage/ledger/files.h"
#include "storage/ledger/private_root.h"
#include "suyuan/v1/identity.pb.h"
#include "tests/support/chain.h"
#include "tests/support/command_line.h"

namespace suyuan {
namespace {

namespace fs = std::filesystem;
using test::Actor;
using test::Chain;
using test::Fails;
using test::Topology;

constexpr char kName[] = "CANARY张三丰", kPhone[] = "CANARY13987654321";

class PrivateTest : public testing::TestWithParam<Topology> {
 protected:
  static v1::StorePrivateRequest StoreRequest(const std::string& person = "") {
    auto request = Chain::New<v1::StorePrivateRequest>();
    request.set_person(person);
    v1::PrivateValue* value = request.add_values();
    value->set_field(v1::PRIVATE_FIELD_PHONE);
    value->set_value(kPhone);
    value = request.add_values();
    value->set_field(v1::PRIVATE_FIELD_NAME);
    value->set_value(kName);
    return request;
  }
  static absl::StatusOr<v1::StorePrivateResponse> Store(Actor& actor,
                                                        const v1::StorePrivateRequest& request) {
    return actor.Call<v1::StorePrivateResponse>("IdentityService/StorePrivate", request);
  }
  static absl::StatusOr<v1::DiscloseResponse> Disclose(Actor& actor, const std::string& person,
                                                       int64_t sequence = 0) {
    v1::DiscloseRequest request;
    request.set_person(person);
    request.set_field(v1::PRIVATE_FIELD_PHONE);
    request.set_sequence(sequence);
    return actor.Call<v1::DiscloseResponse>("IdentityService/Disclose", request);
  }
  static v1::EraseMemberRequest EraseRequest(const std::string& person) {
    auto request = Chain::New<v1::EraseMemberRequest>();
    request.mutable_erasure()->set_person(person);
    request.mutable_erasure()->set_cause(claim::v1::Erasure::CAUSE_ASKED);
    return request;
  }
  static absl::StatusOr<v1::EraseMemberResponse> Erase(Actor& actor,
                                                       const v1::EraseMemberRequest& request) {
    return actor.Call<v1::EraseMemberResponse>("IdentityService/EraseMember", request);
  }
  // Invites a worker who is this person of the vault.
  absl::StatusOr<v1::InviteMemberResponse> Invite(Actor& actor, const std::string& person,
                                                  const std::string& root) {
    const auto code_key = rpc::KeyOfCode(system_.portal().origin(), rpc::NewCode());
    if (!code_key.ok()) return code_key.status();
    v1::InviteMemberRequest request =
        system_.Invitation(actor.party(), claim::v1::MEMBER_ROLE_WORKER, *code_key);
    request.mutable_invitation()->set_person(person);
    request.mutable_invitation()->set_private_root(root);
    return actor.Call<v1::InviteMemberResponse>("IdentityService/InviteMember", request);
  }

  test::System system_{GetParam()};
  Actor& coop_ = system_.AddParty("金山蔬菜合作社", {claim::v1::PARTY_ROLE_COOPERATIVE}, "532302");
};

TEST_P(PrivateTest, OnlyTheStoringPartysManagerAndARegulatorsSeeAValue) {
  const auto stored = Store(coop_, StoreRequest());
  ASSERT_OK(stored);
  ASSERT_EQ(stored->commitments_size(), 2);
  Actor& regulator = system_.AddParty("监管局", {claim::v1::PARTY_ROLE_REGULATOR});
  Actor& other = system_.AddParty("乙", {claim::v1::PARTY_ROLE_COOPERATIVE});
  Actor& worker = system_.AddMember(coop_, claim::v1::MEMBER_ROLE_WORKER);
  for (Actor* actor : {&coop_, &regulator}) {
    const auto shown = Disclose(*actor, stored->person());
    ASSERT_OK(shown);
    EXPECT_EQ(shown->value().value(), kPhone);
    EXPECT_EQ(shown->private_root(), stored->private_root());
  }
  EXPECT_THAT(Disclose(other, stored->person()), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Disclose(system_.operator_actor(), stored->person()), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Disclose(worker, stored->person()), Fails(v1::REASON_NOT_ALLOWED));
  EXPECT_THAT(Disclose(system_.stranger(), stored->person()), Fails(v1::REASON_SIGNATURE_MISSING));
  EXPECT_THAT(Store(other, StoreRequest(stored->person())), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Erase(other, EraseRequest(stored->person())), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Store(worker, StoreRequest()), Fails(v1::REASON_NOT_ALLOWED));
  EXPECT_THAT(Erase(worker, EraseRequest(stored->person())), Fails(v1::REASON_NOT_ALLOWED));
}

TEST_P(PrivateTest, ARepeatedStoreAnswersTheSameRootAndOtherValuesAreRefused) {
  v1::StorePrivateRequest request = StoreRequest();
  const auto first = Store(coop_, request);
  ASSERT_OK(first);
  const auto again = Store(coop_, request);
  ASSERT_OK(again);
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  request.mutable_values(0)->set_value("13900000000");
  EXPECT_THAT(Store(coop_, request), Fails(v1::REASON_REQUEST_ID_REUSED));
  // The same values under another request: nothing tells that they are.
  const auto other = Store(coop_, StoreRequest());
  ASSERT_OK(other);
  EXPECT_NE(other->private_root(), first->private_root());
}

TEST_P(PrivateTest, RefusesAFieldTwiceAndASaltOfTheCallers) {
  v1::StorePrivateRequest twice = StoreRequest();
  twice.mutable_values(1)->set_field(v1::PRIVATE_FIELD_PHONE);
  EXPECT_THAT(Store(coop_, twice), Fails(v1::REASON_DUPLICATE));
  v1::StorePrivateRequest salted = StoreRequest();
  salted.mutable_values(0)->set_salt(std::string(32, 'x'));
  EXPECT_THAT(Store(coop_, salted), Fails(v1::REASON_FIELD_MALFORMED));
}

TEST_P(PrivateTest, ARecordCarriesTheRootAloneAndAnErasedPersonNoMore) {
  const auto stored = Store(coop_, StoreRequest());
  ASSERT_OK(stored);
  EXPECT_THAT(Invite(coop_, stored->person(), ""), Fails(v1::REASON_FIELD_MALFORMED));
  EXPECT_THAT(Invite(coop_, "", stored->private_root()), Fails(v1::REASON_FIELD_MALFORMED));
  const auto added = Invite(coop_, stored->person(), stored->private_root());
  ASSERT_OK(added);
  const int64_t sequence = added->receipt().sequence();
  const auto shown = Disclose(coop_, stored->person(), sequence);
  ASSERT_OK(shown);
  EXPECT_FALSE(shown->tlog_proof().empty());
  EXPECT_THAT(Disclose(coop_, stored->person(), sequence - 1), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT(Disclose(coop_, stored->person(), 1'000'000), Fails(v1::REASON_NOT_FOUND));

  const v1::EraseMemberRequest erase = EraseRequest(stored->person());
  const auto erased = Erase(coop_, erase);
  ASSERT_OK(erased);
  const auto again = Erase(coop_, erase);
  ASSERT_OK(again);
  EXPECT_EQ(again->receipt().sequence(), erased->receipt().sequence());
  EXPECT_THAT(Erase(coop_, EraseRequest(stored->person())), Fails(v1::REASON_ERASED));
  EXPECT_THAT(Disclose(coop_, stored->person()), Fails(v1::REASON_ERASED));
  EXPECT_THAT(Store(coop_, StoreRequest(stored->person())), Fails(v1::REASON_ERASED));
  EXPECT_THAT(Invite(coop_, stored->person(), stored->private_root()), Fails(v1::REASON_ERASED));
}

// Who erases for a party that is gone is the regulator of its place; one of another place learns
// not even that there is such a person, and the operator decides nothing of others' data.
TEST_P(PrivateTest, OnlyARegulatorOfThePartysPlaceSeesAndErasesForIt) {
  Actor& away = system_.AddParty("外县监管", {claim::v1::PARTY_ROLE_REGULATOR}, "530111");
  Actor& county = system_.AddParty("本县监管", {claim::v1::PARTY_ROLE_REGULATOR}, "532302");
  const auto stored = Store(coop_, StoreRequest());
  ASSERT_OK(stored);
  const std::string& person = stored->person();
  EXPECT_THAT(Disclose(away, person), Fails(v1::REASON_NOT_FOUND));
  for (Actor* other : {&away, &system_.operator_actor()}) {
    EXPECT_THAT(Erase(*other, EraseRequest(person)), Fails(v1::REASON_NOT_FOUND));
  }
  EXPECT_OK(Disclose(county, person));
  EXPECT_OK(Erase(county, EraseRequest(person)));
  EXPECT_THAT(Disclose(coop_, person), Fails(v1::REASON_ERASED));
}

// A vault put back from before the erasure (P3), which is also what a crash between the notice and
// the erasure leaves: the notice is carried out before the first request.
TEST_P(PrivateTest, AnOlderVaultDoesNotBringTheErasedBack) {
  const auto stored = Store(coop_, StoreRequest());
  ASSERT_OK(stored);
  test::TempDir kept;
  const std::string vault = system_.dir() + "/vault";
  const std::string folder = vault + stored->person().substr(stored->person().rfind('/'));
  fs::copy(vault, kept / "vault", fs::copy_options::recursive);
  const std::string wrapped = *ledger::ReadWholeFile(folder + "/key");
  ASSERT_OK(Erase(coop_, EraseRequest(stored->person())));
  system_.StopAll();
  fs::remove_all(vault);
  fs::copy(kept / "vault", vault, fs::copy_options::recursive);
  ASSERT_EQ(*ledger::ReadWholeFile(folder + "/key"), wrapped);
  system_.Restart();
  EXPECT_EQ(*ledger::ReadWholeFile(folder + "/key"), std::string(wrapped.size(), '\0'));
  EXPECT_THAT(Disclose(coop_, stored->person()), Fails(v1::REASON_ERASED));
}

INSTANTIATE_TEST_SUITE_P(Topologies, PrivateTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit),
                         test::TopologyName);

class CanaryTest : public testing::Test {
 protected:
  // Files below `dir` that hold the bytes.
  static std::vector<std::string> Holding(const std::string& dir, std::string_view bytes) {
    std::vector<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(dir)) {
      if (!entry.is_regular_file()) continue;
      const auto file = ledger::ReadWholeFile(entry.path().string());
      if (file.ok() && file->find(bytes) != std::string::npos) found.push_back(entry.path());
    }
    return found;
  }
  // Of the data directory, its mark, backups and exports: nothing of the person.
  void ExpectNoPlaintext() {
    const std::string all = fs::path(system_.dir()).parent_path();
    for (const char* canary : {kName, kPhone, "CANARY"}) {
      EXPECT_THAT(Holding(all, canary), testing::IsEmpty());
      EXPECT_THAT(Holding(out_.path(), canary), testing::IsEmpty());
    }
  }
  int Run(std::vector<std::string> arguments) {
    const test::Ran ran = line_.Run("甲", std::move(arguments));
    last_ = ran;
    if (ran.code != 0) ADD_FAILURE() << ran.err;
    return ran.code;
  }
  void ExpectVerifies() {
    Run({"store", "verify", system_.dir()});
    EXPECT_TRUE(last_["verified"].bool_value()) << last_.out;
  }

  test::System system_{Topology::kOneProcess};
  test::CommandLine line_{&system_};
  test::TempDir out_;
  test::Ran last_;
};

TEST_F(CanaryTest, ThePlaintextIsInNoFileAndNoLogAtAnyTime) {
  testing::internal::CaptureStderr();
  line_.AddParty("甲", "cooperative");
  line_.Write("name", std::string(kName) + "\n");
  Run({"member", "store", "--name", "@" + line_.path("name"), "--phone", kPhone});
  const std::string person = last_.Text("person"), root = last_.Text("privateRoot");
  Run({"plot", "register", "--name", "一号地", "--kind", "field", "--area", "10亩", "--township",
       "金山镇", "--person", person, "--private-root", root});
  google::protobuf::Struct receipt = last_["receipt"].struct_value();
  const std::string sequence = receipt.fields().at("sequence").string_value();
  const std::string shown = line_.path("shown.json");
  Run({"member", "disclose", person, "--field", "phone", "--sequence", sequence, "--out", shown});
  Run({"member", "check", shown});
  EXPECT_TRUE(last_["recorded"].bool_value());
  EXPECT_EQ(last_.Text("value"), kPhone);
  const std::string wrapped =
      ledger::ReadWholeFile(system_.dir() + "/vault" + person.substr(person.rfind('/')) + "/key")
          ->substr(4);
  ExpectNoPlaintext();

  system_.StopAll();
  Run({"store", "export", system_.dir(), "--out", out_ / "export"});
  Run({"backup", system_.dir(), "--out", out_ / "backup"});
  ExpectNoPlaintext();
  system_.Restart();
  Run({"member", "erase", person, "--cause", "asked"});
  EXPECT_EQ(line_.Run("甲", {"member", "disclose", person, "--field", "phone"}).code,
            cli::kRefused);
  system_.StopAll();
  // The database, views and the vault yield nothing; the backup keeps the wrapped key until its
  // time has run out.
  EXPECT_THAT(Holding(system_.dir(), wrapped), testing::IsEmpty());
  EXPECT_EQ(Holding(out_ / "backup", wrapped).size(), 1u);
  ExpectVerifies();
  system_.clock().Advance(absl::Hours(24 * 31));
  Run({"backup", system_.dir(), "--out", out_ / "backup"});
  EXPECT_THAT(Holding(out_.path(), wrapped), testing::IsEmpty());
  ExpectNoPlaintext();
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(log.find("CANARY"), std::string::npos) << log;
}

// Apart from the log and its keys, so that whoever gets hold of one folder opens nothing; and back.
TEST_F(CanaryTest, TheVaultsBackupsMayBeKeptApart) {
  line_.AddParty("甲", "cooperative");
  Run({"member", "store", "--name", "李四", "--phone", kPhone});
  const std::string person = last_.Text("person"), id = person.substr(person.rfind('/') + 1);
  const std::string wrapped =
      ledger::ReadWholeFile(system_.dir() + "/vault/" + id + "/key")->substr(4);
  const std::string kek = *ledger::ReadWholeFile(system_.dir() + "/keys/vault-1.kek");
  system_.StopAll();
  const std::vector<std::string> backup = {"backup",      system_.dir(), "--out",
                                           out_ / "main", "--vault-out", out_ / "vault"};
  for (const std::string& folder : {out_ / "main", out_ / "main/vault", out_.path()}) {
    EXPECT_EQ(
        line_.Run("甲", {"backup", system_.dir(), "--out", out_ / "main", "--vault-out", folder})
            .code,
        cli::kUsage)
        << folder;
  }
  Run(backup);
  EXPECT_THAT(Holding(out_ / "main", wrapped), testing::IsEmpty());
  EXPECT_EQ(Holding(out_ / "vault", wrapped).size(), 1u);
  EXPECT_THAT(Holding(out_ / "vault", kek), testing::IsEmpty());
  EXPECT_EQ(Holding(out_ / "main", kek).size(), 1u);

  const std::string without = out_ / "without", whole = out_ / "whole";
  Run({"restore", "--from", out_ / "main", "--to", without});
  EXPECT_FALSE(fs::exists(without + "/vault"));
  Run({"restore", "--from", out_ / "main", "--to", whole, "--vault-from", out_ / "vault"});
  EXPECT_EQ(ledger::ReadWholeFile(whole + "/vault/" + id + "/key")->substr(4), wrapped);
  for (const std::string& no_vault : {out_ / "main", out_ / "nowhere"}) {
    EXPECT_EQ(line_
                  .Run("甲", {"restore", "--from", out_ / "main", "--to", out_ / "none",
                              "--vault-from", no_vault})
                  .code,
              cli::kNotFound);
    EXPECT_FALSE(fs::exists(out_ / "none"));
  }

  system_.clock().Advance(absl::Hours(24 * 31));  // Erased meanwhile or not: it goes.
  fs::remove_all(system_.dir() + "/vault/" + id);
  Run(backup);
  EXPECT_THAT(Holding(out_ / "vault", wrapped), testing::IsEmpty());
  Run({"restore", "--from", out_ / "main", "--number", "1", "--to", out_ / "old"});
}

// Who kept both together before does not keep them so for ever.
TEST_F(CanaryTest, BackupsFromBeforeTheVaultWasKeptApartDropItLikewise) {
  line_.AddParty("甲", "cooperative");
  Run({"member", "store", "--name", "李四", "--phone", kPhone});
  const std::string person = last_.Text("person");
  const std::string wrapped =
      ledger::ReadWholeFile(system_.dir() + "/vault" + person.substr(person.rfind('/')) + "/key")
          ->substr(4);
  system_.StopAll();
  Run({"backup", system_.dir(), "--out", out_ / "main"});
  EXPECT_EQ(Holding(out_ / "main", wrapped).size(), 1u);
  EXPECT_EQ(line_
                .Run("甲", {"restore", "--from", out_ / "main", "--to", out_ / "none",
                            "--vault-from", out_ / "main"})
                .code,
            cli::kUsage);
  system_.clock().Advance(absl::Hours(24 * 31));
  Run({"backup", system_.dir(), "--out", out_ / "main", "--vault-out", out_ / "vault"});
  EXPECT_THAT(Holding(out_ / "main", wrapped), testing::IsEmpty());
  EXPECT_EQ(Holding(out_ / "vault", wrapped).size(), 1u);
}

// What somebody holds who has files: each 32 bytes of them, as salts to try and as commitments to
// compare with.
class Loot {
 public:
  void Take(std::string_view bytes) {
    for (size_t at = 0; at + 32 <= bytes.size(); ++at) {
      const std::string_view window = bytes.substr(at, 32);
      if (seen_.insert(Head(window)).second) windows_.emplace_back(window);
    }
  }
  size_t size() const { return windows_.size(); }
  // Whether the phone number under that salt is a commitment of the files.
  bool Knows(std::string_view salt, const std::string& phone) const {
    const Hash hash = ledger::CommitmentOf(salt, v1::PRIVATE_FIELD_PHONE, phone);
    return seen_.contains(Head(AsBytes(hash)));
  }
  // Under any salt that the files could hold.
  bool Knows(const std::string& phone) const {
    return std::any_of(windows_.begin(), windows_.end(),
                       [&](const std::string& salt) { return Knows(salt, phone); });
  }

 private:
  // Eight bytes tell hashes apart.
  static uint64_t Head(std::string_view window) {
    uint64_t head = 0;
    std::memcpy(&head, window.data(), sizeof(head));
    return head;
  }
  absl::flat_hash_set<uint64_t> seen_;
  std::vector<std::string> windows_;
};

// All phone numbers of the country are 7 * 10^9, a day's work: what stops it is the salt, 256 bits
// that lie in the vault alone and are opened with its key.
TEST_F(CanaryTest, P4_ADictionaryOfPhonesFindsNoCommitmentWithoutTheVaultsKey) {
  std::mt19937_64 random = test::SeededRandom();
  const auto any_phone = [&] { return StrCat("1", 3'000'000'000 + random() % 7'000'000'000); };
  const std::string phone = any_phone();
  line_.AddParty("甲", "cooperative");
  Run({"member", "store", "--phone", phone});
  const std::string person = last_.Text("person"), root = last_.Text("privateRoot");
  Run({"plot", "register", "--name", "一号地", "--kind", "field", "--area", "10亩", "--township",
       "金山镇", "--person", person, "--private-root", root});
  const std::string shown = line_.path("shown.json");
  Run({"member", "disclose", person, "--field", "phone", "--out", shown});
  system_.StopAll();

  Loot loot;
  for (const auto& entry : fs::recursive_directory_iterator(system_.dir())) {
    if (!entry.is_regular_file() || entry.path().extension() == ".kek") continue;
    const auto file = ledger::ReadWholeFile(entry.path().string());
    if (file.ok()) loot.Take(*file);
  }
  std::string commitment;
  ASSERT_TRUE(ParseBase64(root, &commitment));  // Of one value, the root is its commitment.
  loot.Take(commitment);                        // Tables pack what they hold.
  EXPECT_FALSE(loot.Knows(phone)) << phone << " by one of " << loot.size();
  const std::string zeros(ledger::kPrivateSaltSize, '\0');
  for (int i = 0; i <= 1'000'000; ++i) {
    const std::string tried = i == 500'000 ? phone : any_phone();
    ASSERT_FALSE(loot.Knows(zeros, tried) || loot.Knows(commitment, tried)) << tried;
  }
  // The same search finds it at once where the salt is.
  v1::DiscloseResponse disclosed;
  ASSERT_TRUE(
      google::protobuf::util::JsonStringToMessage(*ledger::ReadWholeFile(shown), &disclosed).ok());
  const std::string& salt = disclosed.value().salt();
  EXPECT_TRUE(loot.Knows(salt, phone));
  EXPECT_FALSE(loot.Knows(salt, any_phone()));
  loot.Take(salt);
  EXPECT_TRUE(loot.Knows(phone));
}

// Whatever is altered in a disclosure, it does not hold.
TEST_F(CanaryTest, ADisclosureThatWasAlteredDoesNotHold) {
  line_.AddParty("甲", "cooperative");
  Run({"member", "store", "--name", "李四", "--phone", kPhone});
  const std::string person = last_.Text("person"), root = last_.Text("privateRoot");
  Run({"plot", "register", "--name", "一号地", "--kind", "field", "--area", "10亩", "--township",
       "金山镇", "--person", person, "--private-root", root});
  const std::string sequence =
      last_["receipt"].struct_value().fields().at("sequence").string_value();
  Run({"member", "disclose", person, "--field", "phone", "--sequence", sequence, "--out",
       line_.path("shown.json")});
  v1::DiscloseResponse shown;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(
                  *ledger::ReadWholeFile(line_.path("shown.json")), &shown)
                  .ok());
  const std::function<void(v1::DiscloseResponse&)> changes[] = {
      [](auto& s) { s.mutable_value()->set_value("13900000000"); },
      // What is proven beside what is read.
      [](auto& s) {
        s.mutable_value()->set_data(s.value().value());
        s.mutable_value()->set_value("13900000000");
      },
      [](auto& s) { s.mutable_value()->set_field(v1::PRIVATE_FIELD_ID_NUMBER); },
      [](auto& s) { s.mutable_value()->mutable_salt()->at(0) ^= 1; },
      [](auto& s) { s.mutable_value()->clear_salt(); },
      [](auto& s) { s.set_index(0); },
      [](auto& s) { s.set_index(-1); },
      [](auto& s) { s.set_count(0); },
      [](auto& s) { s.mutable_path(0)->at(0) ^= 1; },
      [](auto& s) { s.mutable_private_root()->at(0) ^= 1; },
      [](auto& s) { s.mutable_item_salt()->at(0) ^= 1; },
      [](auto& s) { s.set_item_count(0); },
      [](auto& s) { s.mutable_content_path(0)->at(0) ^= 1; },
      [](auto& s) { s.set_sequence(s.sequence() + 1); },
      [](auto& s) { s.mutable_tlog_proof()->at(s.tlog_proof().size() / 2) ^= 1; },
  };
  for (const auto& change : changes) {
    v1::DiscloseResponse altered = shown;
    change(altered);
    std::string json;
    ASSERT_TRUE(google::protobuf::util::MessageToJsonString(altered, &json).ok());
    const test::Ran ran = line_.Run("甲", {"member", "check", line_.Write("altered.json", json)});
    EXPECT_EQ(ran.code, cli::kFailed) << json << ran.out;
  }
  EXPECT_EQ(line_.Run("甲", {"member", "check", line_.Write("none.json", "no")}).code, cli::kUsage);
}

}  // namespace
}  // namespace suyuan
