#include "storage/ledger/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>

#include "storage/base/text.h"
#include "storage/kv/db.h"

namespace suyuan::ledger {

absl::StatusOr<std::string> ReadWholeFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(StrCat("no ", path));
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

absl::Status WriteWholeFile(const std::string& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  return file ? absl::OkStatus() : absl::InternalError(StrCat("cannot write ", path));
}

absl::Status SyncFilesUnder(const std::string& dir) {
  const int folder = open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return absl::InternalError(StrCat("open ", dir, ": errno ", errno));
  const int result = syncfs(folder);
  close(folder);
  if (result != 0) return absl::InternalError(StrCat("sync ", dir, ": errno ", errno));
  return kv::SyncDirectoryOf(dir);
}

}  // namespace suyuan::ledger
