// A wrapping key in a token: SoftHSM's, which keeps its keys in a folder (Debian's softhsm2).
#include <p11-kit/p11-kit.h>

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "services/domain/id.h"
#include "services/registry/vault.h"
#include "services/registry/wrapping_key.h"
#include "storage/base/bytes.h"
#include "storage/base/hash.h"
#include "storage/base/text.h"
#include "storage/base/uuid.h"
#include "storage/ledger/files.h"
#include "storage/ledger/private_root.h"
#include "tests/support/test.h"

namespace suyuan::registry {
namespace {

namespace fs = std::filesystem;
using test::HasCode;

constexpr char kModule[] = "/usr/lib/softhsm/libsofthsm2.so";
constexpr char kPin[] = "271828";

class TokenKeyTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(kModule)) GTEST_SKIP() << "needs Debian's softhsm2";
    fs::create_directories(temp_ / "tokens");
    ASSERT_OK(ledger::WriteWholeFile(temp_ / "softhsm2.conf",
                                     StrCat("directories.tokendir = ", temp_ / "tokens",
                                            "\nlog.level = ERROR\nslots.removable = false\n")));
    setenv("SOFTHSM2_CONF", (temp_ / "softhsm2.conf").c_str(), 1);
    ASSERT_OK(ledger::WriteWholeFile(temp_ / "pin", StrCat(kPin, "\n")));
    ASSERT_EQ(std::system(StrCat("softhsm2-util --init-token --free --label county --so-pin 314159"
                                 " --pin ",
                                 kPin, " >/dev/null")
                              .c_str()),
              0);
    MakeKey("vault");
  }
  void TearDown() override { unsetenv("SOFTHSM2_CONF"); }

  // As an operator would with the token's own tools: it cannot be read out.
  void MakeKey(std::string label) {
    CK_FUNCTION_LIST* const module = p11_kit_module_load(kModule, 0);
    ASSERT_NE(module, nullptr);
    ASSERT_EQ(p11_kit_module_initialize(module), CKR_OK);
    CK_SLOT_ID slots[8];
    CK_ULONG count = 8;
    ASSERT_EQ(module->C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
    CK_SESSION_HANDLE session = 0;
    ASSERT_EQ(module->C_OpenSession(slots[0], CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr,
                                    &session),
              CKR_OK);
    std::string pin = kPin;
    ASSERT_EQ(
        module->C_Login(session, CKU_USER, reinterpret_cast<CK_BYTE*>(pin.data()), pin.size()),
        CKR_OK);
    CK_MECHANISM mechanism = {CKM_AES_KEY_GEN, nullptr, 0};
    CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    CK_ULONG size = 32;
    CK_ATTRIBUTE attributes[] = {
        {CKA_LABEL, label.data(), label.size()}, {CKA_VALUE_LEN, &size, sizeof size},
        {CKA_TOKEN, &yes, sizeof yes},           {CKA_ENCRYPT, &yes, sizeof yes},
        {CKA_DECRYPT, &yes, sizeof yes},         {CKA_SENSITIVE, &yes, sizeof yes},
        {CKA_EXTRACTABLE, &no, sizeof no}};
    CK_OBJECT_HANDLE key = 0;
    ASSERT_EQ(module->C_GenerateKey(session, &mechanism, attributes, std::size(attributes), &key),
              CKR_OK);
    module->C_CloseSession(session);
    p11_kit_module_finalize(module);
  }
  std::string Uri(const std::string& name, const std::string& object,
                  const std::string& token = "county") {
    const std::string path = temp_ / name;
    EXPECT_OK(ledger::WriteWholeFile(
        path, StrCat("pkcs11:token=", token, ";object=", object, "?module-path=", kModule,
                     "&pin-source=file:", temp_ / "pin", "\n")));
    return path;
  }

  test::TempDir temp_;
};

TEST_F(TokenKeyTest, OpensWhatItWrappedAndNothingElse) {
  const auto key = OpenTokenKey(Uri("uri", "vault"));
  ASSERT_OK(key);
  const std::string data_key = RandomBytes(32);
  const auto wrapped = (*key)->Wrap("bound", data_key);
  ASSERT_OK(wrapped);
  EXPECT_EQ(wrapped->find(data_key), std::string::npos);
  EXPECT_NE(*(*key)->Wrap("bound", data_key), *wrapped);
  const auto opened = (*key)->Unwrap("bound", *wrapped);
  ASSERT_OK(opened);
  EXPECT_EQ(*opened, data_key);
  EXPECT_THAT((*key)->Unwrap("other", *wrapped), HasCode(absl::StatusCode::kDataLoss));
  EXPECT_THAT((*key)->Unwrap("bound", ""), HasCode(absl::StatusCode::kDataLoss));
  for (const size_t at : {size_t{0}, size_t{20}, wrapped->size() - 1}) {
    std::string altered = *wrapped;
    altered[at] ^= 1;
    EXPECT_THAT((*key)->Unwrap("bound", altered), HasCode(absl::StatusCode::kDataLoss)) << at;
  }
}

TEST_F(TokenKeyTest, NamesWhatIsNotThere) {
  EXPECT_THAT(OpenTokenKey(temp_ / "none"), HasCode(absl::StatusCode::kNotFound));
  EXPECT_THAT(OpenTokenKey(Uri("a", "other")), HasCode(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(OpenTokenKey(Uri("b", "vault", "town")),
              HasCode(absl::StatusCode::kFailedPrecondition));
  ASSERT_OK(ledger::WriteWholeFile(temp_ / "c", "pkcs11:object=vault"));
  EXPECT_THAT(OpenTokenKey(temp_ / "c"), HasCode(absl::StatusCode::kFailedPrecondition));
  ASSERT_OK(ledger::WriteWholeFile(temp_ / "pin", "111111"));
  EXPECT_THAT(OpenTokenKey(Uri("d", "vault")), HasCode(absl::StatusCode::kFailedPrecondition));
}

// From a key in a file to one that nobody can copy: what was wrapped by the first is by the second.
TEST_F(TokenKeyTest, AVaultMovesIntoTheTokenAndTheFileMayGo) {
  fs::create_directories(temp_ / "keys");
  ASSERT_OK(ledger::WriteWholeFile(temp_ / "keys/vault-1.kek", HexOf(RandomBytes(32))));
  const auto open = [&] { return Vault::Open({temp_ / "vault", temp_ / "keys", "test/00", {}}); };
  const std::string person =
      "persons/" + domain::MakeId("T3ST", "P", "0b6e2a1c-5b1d-4f0e-9c55-0123456789ab", 0);
  v1::PrivateSet set;
  set.set_request_id(RandomUuid());
  v1::PrivateValue* const value = set.add_values();
  value->set_value("13987654321");
  value->set_salt(RandomBytes(ledger::kPrivateSaltSize));
  ASSERT_OK((*open())->Put(person, "parties/P", set));
  Uri("keys/vault-2.uri", "vault");
  ASSERT_OK(open());
  fs::remove(temp_ / "keys/vault-1.kek");
  {
    const auto vault = open();
    ASSERT_OK(vault);
    EXPECT_EQ((*vault)->Load(person)->at(0).values(0).value(), "13987654321");
  }
  MakeKey("other");  // With another key of the same token it opens to nobody.
  Uri("keys/vault-2.uri", "other");
  const auto vault = open();
  ASSERT_OK(vault);
  EXPECT_THAT((*vault)->Load(person), HasCode(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace suyuan::registry
