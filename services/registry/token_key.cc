// PKCS #11 v2.40 with AES-GCM, over p11-kit: it reads the URI, loads the module and matches tokens.
#define P11_KIT_FUTURE_UNSTABLE_API  // Its URIs are stable since 0.23; the macro only remained.
#include <p11-kit/p11-kit.h>
#include <p11-kit/uri.h>

#include <vector>

#include "services/registry/wrapping_key.h"
#include "storage/base/aead.h"
#include "storage/base/hash.h"
#include "storage/base/mutex.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/files.h"

namespace suyuan::registry {
namespace {

constexpr CK_ULONG kBitsAByte = 8;

struct FreeUri {
  void operator()(P11KitUri* uri) const { p11_kit_uri_free(uri); }
};
using Uri = std::unique_ptr<P11KitUri, FreeUri>;

absl::Status Away(std::string_view what, CK_RV code) {
  return absl::UnavailableError(StrCat("token: ", what, ": ", p11_kit_strerror(code)));
}

std::string Trimmed(std::string text) { return text.substr(0, text.find_last_not_of(" \r\n") + 1); }

CK_BYTE* Bytes(std::string_view text) {  // PKCS #11 knows no const; it changes nothing.
  return reinterpret_cast<CK_BYTE*>(const_cast<char*>(text.data()));
}

class TokenKey final : public WrappingKey {
 public:
  TokenKey(CK_FUNCTION_LIST* module, Uri uri, std::string pin_path)
      : module_(*module), uri_(std::move(uri)), pin_path_(std::move(pin_path)) {}
  ~TokenKey() override { p11_kit_module_finalize(&module_); }

  // Once, so that a wrong name is found at the start.
  absl::Status Check() {
    MutexLock lock(&mutex_);
    return Use([](CK_SESSION_HANDLE, CK_OBJECT_HANDLE) { return absl::OkStatus(); });
  }
  absl::StatusOr<std::string> Wrap(std::string_view bound, std::string_view key) override;
  absl::StatusOr<std::string> Unwrap(std::string_view bound, std::string_view wrapped) override;

 private:
  using Task = absl::FunctionRef<absl::Status(CK_SESSION_HANDLE, CK_OBJECT_HANDLE)>;
  // Logs in, finds the key, does it and closes.
  absl::Status Use(Task task) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status LogInAndDo(CK_SESSION_HANDLE session, Task task)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<CK_SLOT_ID> FindSlot() const;
  absl::StatusOr<CK_OBJECT_HANDLE> FindKey(CK_SESSION_HANDLE session) const;

  CK_FUNCTION_LIST& module_;
  const Uri uri_;
  const std::string pin_path_;
  Mutex mutex_;  // A login is of all sessions: one at a time.
};

absl::StatusOr<CK_SLOT_ID> TokenKey::FindSlot() const {
  CK_ULONG count = 0;
  CK_RV code = module_.C_GetSlotList(CK_TRUE, nullptr, &count);
  std::vector<CK_SLOT_ID> slots(count);
  if (code == CKR_OK) code = module_.C_GetSlotList(CK_TRUE, slots.data(), &count);
  if (code != CKR_OK) return Away("slots", code);
  for (CK_ULONG i = 0; i < count; ++i) {
    CK_TOKEN_INFO token;
    if (module_.C_GetTokenInfo(slots[i], &token) == CKR_OK &&
        p11_kit_uri_match_token_info(uri_.get(), &token) != 0) {
      return slots[i];
    }
  }
  return absl::FailedPreconditionError("token: none of that name");
}

absl::StatusOr<CK_OBJECT_HANDLE> TokenKey::FindKey(CK_SESSION_HANDLE session) const {
  CK_ULONG count = 0;
  CK_ATTRIBUTE* const named = p11_kit_uri_get_attributes(uri_.get(), &count);
  CK_OBJECT_CLASS secret = CKO_SECRET_KEY;
  std::vector<CK_ATTRIBUTE> wanted = {{CKA_CLASS, &secret, sizeof secret}};
  for (CK_ULONG i = 0; i < count; ++i) {
    if (named[i].type != CKA_CLASS) wanted.push_back(named[i]);
  }
  CK_OBJECT_HANDLE found[2];
  count = 0;
  CK_RV code = module_.C_FindObjectsInit(session, wanted.data(), wanted.size());
  if (code == CKR_OK) code = module_.C_FindObjects(session, found, 2, &count);
  module_.C_FindObjectsFinal(session);
  if (code != CKR_OK) return Away("objects", code);
  if (count != 1) return absl::FailedPreconditionError("token: not one secret key of that name");
  return found[0];
}

absl::Status TokenKey::LogInAndDo(CK_SESSION_HANDLE session, Task task) {
  const absl::StatusOr<std::string> pin_file = ledger::ReadWholeFile(pin_path_);
  if (!pin_file.ok()) return absl::FailedPreconditionError(StrCat("token: no PIN in ", pin_path_));
  const std::string pin = Trimmed(*pin_file);
  const CK_RV code = module_.C_Login(session, CKU_USER, Bytes(pin), pin.size());
  if (code == CKR_PIN_INCORRECT || code == CKR_PIN_LOCKED) {
    // Tries are few: whoever starts again and again with a wrong one locks the token.
    return absl::FailedPreconditionError(StrCat("token: ", p11_kit_strerror(code)));
  }
  if (code != CKR_OK && code != CKR_USER_ALREADY_LOGGED_IN) return Away("login", code);
  ASSIGN_OR_RETURN(const CK_OBJECT_HANDLE key, FindKey(session));
  return task(session, key);
}

absl::Status TokenKey::Use(Task task) {
  ASSIGN_OR_RETURN(const CK_SLOT_ID slot, FindSlot());
  CK_SESSION_HANDLE session = 0;
  const CK_RV code = module_.C_OpenSession(slot, CKF_SERIAL_SESSION, nullptr, nullptr, &session);
  if (code != CKR_OK) return Away("session", code);
  const absl::Status done = LogInAndDo(session, task);
  module_.C_CloseSession(session);
  return done;
}

absl::StatusOr<std::string> TokenKey::Wrap(std::string_view bound, std::string_view key) {
  std::string wrapped = RandomBytes(kAeadNonceSize);
  CK_GCM_PARAMS gcm = {Bytes(wrapped), kAeadNonceSize, kAeadNonceSize * kBitsAByte,
                       Bytes(bound),   bound.size(),   kAeadTagSize * kBitsAByte};
  CK_MECHANISM mechanism = {CKM_AES_GCM, &gcm, sizeof gcm};
  std::string text(key.size() + kAeadTagSize, '\0');
  MutexLock lock(&mutex_);
  RETURN_IF_ERROR(Use([&](CK_SESSION_HANDLE session, CK_OBJECT_HANDLE handle) {
    CK_ULONG size = text.size();
    CK_RV code = module_.C_EncryptInit(session, &mechanism, handle);
    if (code == CKR_OK) {
      code = module_.C_Encrypt(session, Bytes(key), key.size(), Bytes(text), &size);
    }
    if (code != CKR_OK || size != text.size()) return Away("encrypt", code);
    return absl::OkStatus();
  }));
  return wrapped + text;
}

absl::StatusOr<std::string> TokenKey::Unwrap(std::string_view bound, std::string_view wrapped) {
  if (wrapped.size() < kAeadNonceSize + kAeadTagSize) return absl::DataLossError("too short");
  const std::string_view text = wrapped.substr(kAeadNonceSize);
  CK_GCM_PARAMS gcm = {Bytes(wrapped), kAeadNonceSize, kAeadNonceSize * kBitsAByte,
                       Bytes(bound),   bound.size(),   kAeadTagSize * kBitsAByte};
  CK_MECHANISM mechanism = {CKM_AES_GCM, &gcm, sizeof gcm};
  std::string key(text.size(), '\0');
  MutexLock lock(&mutex_);
  RETURN_IF_ERROR(Use([&](CK_SESSION_HANDLE session, CK_OBJECT_HANDLE handle) {
    CK_ULONG size = key.size();
    CK_RV code = module_.C_DecryptInit(session, &mechanism, handle);
    if (code != CKR_OK) return Away("decrypt", code);
    code = module_.C_Decrypt(session, Bytes(text), text.size(), Bytes(key), &size);
    // Tokens differ in what they say of a wrong tag; none of these is of their state.
    if (code == CKR_ENCRYPTED_DATA_INVALID || code == CKR_ENCRYPTED_DATA_LEN_RANGE ||
        code == CKR_GENERAL_ERROR || code == CKR_FUNCTION_FAILED) {
      return absl::DataLossError("not wrapped by this key");
    }
    if (code != CKR_OK) return Away("decrypt", code);
    key.resize(size);
    return absl::OkStatus();
  }));
  return key;
}

}  // namespace

absl::StatusOr<std::unique_ptr<WrappingKey>> OpenTokenKey(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ledger::ReadWholeFile(path));
  const auto wrong = [&path](std::string_view what) {
    return absl::FailedPreconditionError(StrCat(path, ": ", what));
  };
  Uri uri(p11_kit_uri_new());
  if (p11_kit_uri_parse(Trimmed(text).c_str(), P11_KIT_URI_FOR_ANY, uri.get()) != P11_KIT_URI_OK) {
    return wrong("no PKCS #11 URI (RFC 7512)");
  }
  const char* const module_path = p11_kit_uri_get_module_path(uri.get());
  const char* pin = p11_kit_uri_get_pin_source(uri.get());
  if (module_path == nullptr || pin == nullptr) return wrong("without module-path or pin-source");
  std::string pin_path(pin);
  constexpr std::string_view kFile = "file:";
  if (pin_path.starts_with(kFile)) pin_path = pin_path.substr(kFile.size());
  CK_FUNCTION_LIST* const module = p11_kit_module_load(module_path, 0);
  if (module == nullptr) return wrong(p11_kit_message());
  const CK_RV code = p11_kit_module_initialize(module);
  if (code != CKR_OK) return wrong(p11_kit_strerror(code));
  auto key = std::make_unique<TokenKey>(module, std::move(uri), std::move(pin_path));
  const absl::Status found = key->Check();
  if (!found.ok()) return wrong(FromAbsl(found.message()));
  return key;
}

}  // namespace suyuan::registry
