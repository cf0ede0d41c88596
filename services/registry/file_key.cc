#include "services/registry/wrapping_key.h"
#include "storage/base/aead.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/ledger/files.h"

namespace suyuan::registry {
namespace {

class FileKey final : public WrappingKey {
 public:
  explicit FileKey(std::string key) : key_(std::move(key)) {}
  absl::StatusOr<std::string> Wrap(std::string_view bound, std::string_view key) override {
    return Seal(key_, bound, key);
  }
  absl::StatusOr<std::string> Unwrap(std::string_view bound, std::string_view wrapped) override {
    std::optional<std::string> key = Unseal(key_, bound, wrapped);
    if (!key) return absl::DataLossError("not wrapped by this key");
    return *std::move(key);
  }

 private:
  const std::string key_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<WrappingKey>> OpenFileKey(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ledger::ReadWholeFile(path));
  std::string key;
  if (!ParseHex(text.substr(0, text.find_last_not_of(" \r\n") + 1), &key) ||
      key.size() != kAeadKeySize) {
    return absl::FailedPreconditionError(StrCat(path, " is not a vault key: 64 hex digits"));
  }
  return std::make_unique<FileKey>(std::move(key));
}

}  // namespace suyuan::registry
