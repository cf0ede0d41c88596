#include "services/registry/vault.h"

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "services/domain/error.h"
#include "services/domain/id.h"
#include "storage/base/aead.h"
#include "storage/base/bytes.h"
#include "storage/base/hash.h"
#include "storage/base/text.h"
#include "storage/base/uuid.h"
#include "storage/ledger/files.h"
#include "storage/ledger/merkle.h"
#include "storage/ledger/private_root.h"
#include "tests/support/domain_world.h"
#include "tests/support/test.h"

namespace suyuan::registry {
namespace {

namespace fs = std::filesystem;
using test::Fails;
using test::HasCode;

constexpr char kCanary[] = "CANARY-13987654321";
constexpr char kParty[] = "parties/P";

std::string Person(int index) {
  return "persons/" + domain::MakeId("T3ST", "P", "0b6e2a1c-5b1d-4f0e-9c55-0123456789ab", index);
}

class VaultTest : public testing::Test {
 protected:
  VaultTest() { PutKey(1); }
  void PutKey(int version) {
    fs::create_directories(temp_ / "keys");
    std::ofstream(StrCat(temp_ / "keys", "/vault-", version, ".kek")) << HexOf(RandomBytes(32));
  }
  absl::StatusOr<std::unique_ptr<Vault>> Open(std::function<void()> before = nullptr,
                                              const std::string& origin = "test/00") {
    return Vault::Open({temp_ / "vault", temp_ / "keys", origin, std::move(before)});
  }
  static v1::PrivateSet Set(const std::string& value) {
    v1::PrivateSet set;
    set.set_request_id(RandomUuid());
    v1::PrivateValue* added = set.add_values();
    added->set_field(v1::PRIVATE_FIELD_PHONE);
    added->set_value(value);
    added->set_salt(RandomBytes(ledger::kPrivateSaltSize));
    return set;
  }
  // Files anywhere that hold the bytes.
  int Holding(std::string_view bytes) const {
    int count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(temp_.path())) {
      if (!entry.is_regular_file()) continue;
      const auto file = ledger::ReadWholeFile(entry.path().string());
      if (file.ok() && file->find(bytes) != std::string::npos) ++count;
    }
    return count;
  }
  std::string KeyFile(const std::string& person) const {
    return StrCat(temp_ / "vault", "/", domain::PersonId::FromName(person).id(), "/key");
  }

  test::TempDir temp_;
};

// Runs `act` in a child that dies at its `step`-th change on disk. False: it came to its end.
bool DiesAt(int step, const std::function<void(std::function<void()>)>& act) {
  const pid_t child = fork();
  if (child == 0) {
    int left = step;
    act([&left] {
      if (--left == 0) _exit(9);
    });
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  return WEXITSTATUS(status) == 9;
}

TEST_F(VaultTest, GivesBackWhatItTookAndHoldsNoPlaintext) {
  const v1::PrivateSet set = Set(kCanary);
  {
    auto vault = Open();
    ASSERT_OK(vault);
    ASSERT_OK((*vault)->Put(Person(0), kParty, set));
  }
  auto vault = Open();
  ASSERT_OK(vault);
  const auto sets = (*vault)->Load(Person(0));
  ASSERT_OK(sets);
  ASSERT_EQ(sets->size(), 1u);
  EXPECT_EQ(sets->front().SerializeAsString(), set.SerializeAsString());
  EXPECT_EQ(*(*vault)->PartyOf(Person(0)), kParty);
  EXPECT_EQ(Holding(kCanary), 0);
  EXPECT_EQ(Holding(set.values(0).salt()), 0);
  EXPECT_THAT((*vault)->Load(Person(1)), Fails(v1::REASON_NOT_FOUND));
  EXPECT_THAT((*vault)->PartyOf(Person(1)), Fails(v1::REASON_NOT_FOUND));
}

TEST_F(VaultTest, ARepeatedRequestAnswersTheFirstAndAnotherPartyNothing) {
  auto vault = Open();
  ASSERT_OK(vault);
  v1::PrivateSet set = Set("a");
  ASSERT_OK((*vault)->Put(Person(0), kParty, set));
  v1::PrivateSet again = set;
  again.mutable_values(0)->set_value("b");
  const auto answer = (*vault)->Put(Person(0), kParty, again);
  ASSERT_OK(answer);
  EXPECT_EQ(answer->values(0).value(), "a");
  EXPECT_THAT((*vault)->Put(Person(0), "parties/Q", Set("c")), Fails(v1::REASON_NOT_FOUND));
}

TEST_F(VaultTest, RefusesMoreThanItsLimitOfSets) {
  auto vault = Open();
  ASSERT_OK(vault);
  for (size_t i = 0; i < Vault::kSetsMax; ++i) {
    ASSERT_OK((*vault)->Put(Person(0), kParty, Set("a")));
  }
  EXPECT_THAT((*vault)->Put(Person(0), kParty, Set("a")), Fails(v1::REASON_FIELD_OUT_OF_RANGE));
}

// With everything that is left, the wrapping key included, there is nothing to unwrap.
TEST_F(VaultTest, WhatIsErasedIsGoneFromEveryFileAndStaysGone) {
  auto vault = Open();
  ASSERT_OK(vault);
  ASSERT_OK((*vault)->Put(Person(0), kParty, Set(kCanary)));
  ASSERT_OK((*vault)->Put(Person(1), kParty, Set("other")));
  const auto wrapped = ledger::ReadWholeFile(KeyFile(Person(0)));
  ASSERT_OK(wrapped);
  ASSERT_OK((*vault)->Erase(Person(0)));
  ASSERT_OK((*vault)->Erase(Person(0)));
  EXPECT_EQ(Holding(wrapped->substr(4)), 0);
  EXPECT_THAT((*vault)->Load(Person(0)), Fails(v1::REASON_ERASED));
  EXPECT_THAT((*vault)->Put(Person(0), kParty, Set("new")), Fails(v1::REASON_ERASED));
  EXPECT_EQ(*(*vault)->PartyOf(Person(0)), kParty);
  EXPECT_THAT(*(*vault)->People(), testing::ElementsAre(Person(1)));
  EXPECT_OK((*vault)->Load(Person(1)));
  EXPECT_OK((*vault)->Erase(Person(2)));  // Nobody.
}

// A value is the person's, the request's and this ledger's: no file can stand for another.
TEST_F(VaultTest, FindsEveryAlteredOrExchangedFile) {
  auto vault = Open();
  ASSERT_OK(vault);
  const v1::PrivateSet set = Set("a");
  ASSERT_OK((*vault)->Put(Person(0), kParty, set));
  ASSERT_OK((*vault)->Put(Person(1), kParty, Set("b")));
  EXPECT_THAT((*Open(nullptr, "other/11"))->Load(Person(0)), HasCode(absl::StatusCode::kDataLoss));
  const std::string folder = fs::path(KeyFile(Person(0))).parent_path().string();
  const std::string path = StrCat(folder, "/", set.request_id(), ".set");
  const std::string renamed = StrCat(folder, "/", RandomUuid(), ".set");
  fs::rename(path, renamed);
  EXPECT_THAT((*vault)->Load(Person(0)), HasCode(absl::StatusCode::kDataLoss));
  fs::rename(renamed, path);
  for (const std::string& file : {path, KeyFile(Person(0)), folder + "/party"}) {
    const std::string bytes = *ledger::ReadWholeFile(file);
    for (const size_t at : {size_t{0}, bytes.size() / 2, bytes.size() - 1}) {
      std::string altered = bytes;
      altered[at] ^= 1;
      ASSERT_OK(ledger::WriteWholeFile(file, altered));
      EXPECT_THAT((*vault)->Load(Person(0)), HasCode(absl::StatusCode::kDataLoss)) << file;
    }
    ASSERT_OK(ledger::WriteWholeFile(file, bytes));
  }
  EXPECT_OK((*vault)->Load(Person(0)));
  fs::copy_file(KeyFile(Person(1)), KeyFile(Person(0)), fs::copy_options::overwrite_existing);
  EXPECT_THAT((*vault)->Load(Person(0)), HasCode(absl::StatusCode::kDataLoss));
}

TEST_F(VaultTest, ANewerKeyWrapsAllAndTheOlderMayGo) {
  ASSERT_OK((*Open())->Put(Person(0), kParty, Set("a")));
  ASSERT_OK((*Open())->Put(Person(1), kParty, Set("b")));
  ASSERT_OK((*Open())->Erase(Person(1)));
  const std::string wrapped = ledger::ReadWholeFile(KeyFile(Person(0)))->substr(4);
  PutKey(2);
  ASSERT_OK(Open());
  fs::remove(temp_ / "keys/vault-1.kek");
  auto vault = Open();
  ASSERT_OK(vault);
  ASSERT_OK((*vault)->Put(Person(2), kParty, Set("c")));
  EXPECT_EQ((*vault)->Load(Person(0))->at(0).values(0).value(), "a");
  EXPECT_THAT((*vault)->Load(Person(1)), Fails(v1::REASON_ERASED));
  for (const int person : {0, 2}) {
    EXPECT_EQ(ledger::ReadWholeFile(KeyFile(Person(person)))->substr(0, 4),
              std::string("\0\0\0\2", 4));
  }
  EXPECT_EQ(Holding(wrapped), 0);
}

TEST_F(VaultTest, ACrashAtAnyStepOfWrappingAnewLosesNothing) {
  ASSERT_OK((*Open())->Put(Person(0), kParty, Set(kCanary)));
  int steps = 0;
  for (bool died = true; died; ++steps) {
    const std::string wrapped = ledger::ReadWholeFile(KeyFile(Person(0)))->substr(4);
    PutKey(steps + 2);
    died = DiesAt(steps + 1, [&](std::function<void()> before) {
      if (!Open(std::move(before)).ok()) _exit(1);
    });
    auto vault = Open();
    ASSERT_OK(vault);
    EXPECT_EQ((*vault)->Load(Person(0))->at(0).values(0).value(), kCanary);
    EXPECT_EQ(Holding(wrapped), 0);
  }
  EXPECT_GE(steps, 4);
}

TEST_F(VaultTest, DoesNotOpenWithoutItsKey) {
  std::ofstream(temp_ / "keys/vault-1.kek") << "abc";
  EXPECT_THAT(Open(), HasCode(absl::StatusCode::kFailedPrecondition));
  fs::remove(temp_ / "keys/vault-1.kek");
  EXPECT_THAT(Open(), HasCode(absl::StatusCode::kFailedPrecondition));
}

TEST_F(VaultTest, ACrashAtAnyStepOfAnErasureIsMadeGoodByRepeatingIt) {
  int steps = 0;
  for (bool died = true; died; ++steps) {
    const std::string person = Person(steps);
    ASSERT_OK((*Open())->Put(person, kParty, Set(kCanary)));
    ASSERT_OK((*Open())->Put(person, kParty, Set(kCanary)));
    const std::string wrapped = ledger::ReadWholeFile(KeyFile(person))->substr(4);
    died = DiesAt(steps + 1, [&](std::function<void()> before) {
      auto vault = Open(std::move(before));
      if (!vault.ok() || !(*vault)->Erase(person).ok()) _exit(1);
    });
    auto vault = Open();
    ASSERT_OK(vault);
    ASSERT_OK((*vault)->Erase(person));
    EXPECT_EQ(Holding(wrapped), 0);
    EXPECT_THAT((*vault)->Load(person), Fails(v1::REASON_ERASED));
    EXPECT_THAT(*(*vault)->People(), testing::Not(testing::Contains(person)));
  }
  EXPECT_GE(steps, 5);
}

TEST_F(VaultTest, ACrashAtAnyStepOfStoringLeavesAllOrNothing) {
  int steps = 0;
  for (bool died = true; died; ++steps) {
    const std::string person = Person(steps);
    const v1::PrivateSet set = Set(kCanary);
    died = DiesAt(steps + 1, [&](std::function<void()> before) {
      auto vault = Open(std::move(before));
      if (!vault.ok() || !(*vault)->Put(person, kParty, set).ok()) _exit(1);
    });
    auto vault = Open();
    ASSERT_OK(vault);
    const auto sets = (*vault)->Load(person);
    if (sets.ok()) {
      EXPECT_LE(sets->size(), 1u);
    } else {
      EXPECT_THAT(sets, Fails(v1::REASON_NOT_FOUND));
    }
    const auto again = (*vault)->Put(person, kParty, set);
    ASSERT_OK(again);
    EXPECT_EQ(again->SerializeAsString(), set.SerializeAsString());
    EXPECT_EQ((*vault)->Load(person)->size(), 1u);
  }
  EXPECT_GE(steps, 8);
}

// Any other key, binding or bytes: nothing opens.
TEST(AeadTest, OpensOnlyWhatItSealedUnderTheSameKeyAndBound) {
  const std::string key = RandomBytes(kAeadKeySize);
  const std::string sealed = Seal(key, "bound", "text");
  EXPECT_EQ(sealed.size(), kAeadNonceSize + 4 + kAeadTagSize);
  EXPECT_EQ(Unseal(key, "bound", sealed), "text");
  EXPECT_NE(Seal(key, "bound", "text"), sealed);
  EXPECT_EQ(Unseal(RandomBytes(kAeadKeySize), "bound", sealed), std::nullopt);
  EXPECT_EQ(Unseal(key, "other", sealed), std::nullopt);
  EXPECT_EQ(Unseal(key, "bound", ""), std::nullopt);
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string altered = sealed;
    altered[i] ^= 1;
    EXPECT_EQ(Unseal(key, "bound", altered), std::nullopt) << i;
    EXPECT_EQ(Unseal(key, "bound", sealed.substr(0, i)), std::nullopt) << i;
  }
  EXPECT_EQ(Unseal(key, "", Seal(key, "", "")), "");
}

// A text that another implementation sealed: McGrew and Viega's test case 14, whose key, nonce and
// text are all zero.
TEST(AeadTest, OpensAPublishedVector) {
  std::string sealed;
  ASSERT_TRUE(
      ParseHex("000000000000000000000000"
               "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919",
               &sealed));
  EXPECT_EQ(Unseal(std::string(32, '\0'), "", sealed), std::string(16, '\0'));
}

// storage/FORMAT.md 12.
TEST(PrivateRootTest, AGoldenVectorStaysAsItIs) {
  std::string salt(32, '\x11');
  const Hash hash = Sha256(std::string("\0suyuan-private-v1\n", 19), salt,
                           std::string_view("\0\0\0\2\0\0\0\3", 8), "123");
  EXPECT_EQ(ledger::CommitmentOf(salt, 2, "123"), hash);
  EXPECT_NE(ledger::CommitmentOf(salt, 1, "123"), hash);
}

TEST(PrivateRootTest, EveryPathLeadsToTheRoot) {
  for (size_t size = 1; size <= 16; ++size) {
    std::vector<Hash> hashes;
    for (size_t i = 0; i < size; ++i) hashes.push_back(Sha256(StrCat(i)));
    const Hash root = ledger::RootOfHashes(hashes);
    for (size_t i = 0; i < size; ++i) {
      std::vector<std::string> path;
      for (const Hash& hash : ledger::PathOf(hashes, i)) path.emplace_back(AsBytes(hash));
      EXPECT_OK(ledger::VerifyInclusion(i, size, AsBytes(hashes[i]), path, AsBytes(root)));
    }
  }
}

}  // namespace
}  // namespace suyuan::registry
