#include "storage/base/aead.h"

#include <openssl/evp.h>

#include <memory>

#include "storage/base/hash.h"
#include "storage/base/status.h"

namespace suyuan {
namespace {

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

const uint8_t* In(std::string_view bytes) { return reinterpret_cast<const uint8_t*>(bytes.data()); }

}  // namespace

std::string Seal(std::string_view key, std::string_view bound, std::string_view text) {
  SUYUAN_CHECK(key.size() == kAeadKeySize);
  std::string sealed = RandomBytes(kAeadNonceSize);
  sealed.resize(kAeadNonceSize + text.size() + kAeadTagSize);
  auto* const out = reinterpret_cast<uint8_t*>(sealed.data());
  const Context context(EVP_CIPHER_CTX_new());
  int size = 0;
  const bool done =
      EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, In(key), out) == 1 &&
      EVP_EncryptUpdate(context.get(), nullptr, &size, In(bound), static_cast<int>(bound.size())) ==
          1 &&
      EVP_EncryptUpdate(context.get(), out + kAeadNonceSize, &size, In(text),
                        static_cast<int>(text.size())) == 1 &&
      EVP_EncryptFinal_ex(context.get(), out + kAeadNonceSize + text.size(), &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kAeadTagSize,
                          out + kAeadNonceSize + text.size()) == 1;
  SUYUAN_CHECK(done);
  return sealed;
}

std::optional<std::string> Unseal(std::string_view key, std::string_view bound,
                                  std::string_view sealed) {
  SUYUAN_CHECK(key.size() == kAeadKeySize);
  if (sealed.size() < kAeadNonceSize + kAeadTagSize) return std::nullopt;
  const std::string_view cipher =
      sealed.substr(kAeadNonceSize, sealed.size() - kAeadNonceSize - kAeadTagSize);
  std::string tag(sealed.substr(sealed.size() - kAeadTagSize));
  std::string text(cipher.size(), '\0');
  auto* const out = reinterpret_cast<uint8_t*>(text.data());
  const Context context(EVP_CIPHER_CTX_new());
  int size = 0;
  const bool begun =
      EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, In(key), In(sealed)) == 1 &&
      EVP_DecryptUpdate(context.get(), nullptr, &size, In(bound), static_cast<int>(bound.size())) ==
          1 &&
      EVP_DecryptUpdate(context.get(), out, &size, In(cipher), static_cast<int>(cipher.size())) ==
          1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kAeadTagSize, tag.data()) == 1;
  SUYUAN_CHECK(begun);
  if (EVP_DecryptFinal_ex(context.get(), out + text.size(), &size) != 1) return std::nullopt;
  return text;
}

}  // namespace suyuan
