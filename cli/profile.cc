#include "cli/profile.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "cli/json.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "services/text/problem.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "storage/kv/db.h"

namespace suyuan::cli {
namespace {

using google::protobuf::Struct;

constexpr char kServer[] = "server", kKey[] = "key", kOrigin[] = "origin", kLogKey[] = "log_key",
               kAuthorities[] = "authorities";

std::string TextIn(const Struct& object, const std::string& name) {
  const auto found = object.fields().find(name);
  return found == object.fields().end() ? "" : found->second.string_value();
}

absl::Status CannotWrite(const std::string& path) {
  return text::Problem(absl::StatusCode::kInternal, StrCat("写不了文件 ", path),
                       StrCat("cannot write ", path));
}

std::string JsonOf(const Profile& profile) {
  const std::pair<const char*, const std::string*> fields[] = {
      {kServer, &profile.server},
      {kKey, &profile.key_file},
      {kOrigin, &profile.origin},
      {kLogKey, &profile.log_key},
      {kAuthorities, &profile.authorities}};
  JsonObject object;
  for (const auto& [name, value] : fields) {
    if (!value->empty()) object.Text(name, *value);
  }
  return object.str();
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    return text::Problem(absl::StatusCode::kNotFound, StrCat("没有文件 ", path),
                         StrCat("there is no file ", path));
  }
  std::ifstream file(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (file.bad() || std::filesystem::is_directory(path, error)) {
    return text::Problem(absl::StatusCode::kInvalidArgument, StrCat("读不了文件 ", path),
                         StrCat("cannot read ", path));
  }
  return bytes;
}

absl::Status ReplaceFile(const std::string& path, const std::string& bytes, int mode) {
  const std::string beside = StrCat(path, ".new.", getpid());
  const int file =
      open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, static_cast<mode_t>(mode));
  if (file < 0) return CannotWrite(beside);
  const bool written =
      fchmod(file, static_cast<mode_t>(mode)) == 0 &&
      write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) &&
      fsync(file) == 0;
  close(file);
  if (!written || rename(beside.c_str(), path.c_str()) != 0) {
    unlink(beside.c_str());
    return CannotWrite(path);
  }
  return kv::SyncDirectoryOf(path);
}

absl::StatusOr<Profiles> Profiles::Load(const std::string& path) {
  Profiles profiles;
  profiles.path_ = path;
  const absl::StatusOr<std::string> bytes = ReadFile(path);
  if (absl::IsNotFound(bytes.status())) return profiles;
  if (!bytes.ok()) return bytes.status();
  Struct whole;
  if (!google::protobuf::util::JsonStringToMessage(*bytes, &whole).ok()) {
    return text::Problem(absl::StatusCode::kInvalidArgument, StrCat(path, " 不是配置文件（JSON）"),
                         StrCat(path, " is not a configuration file (JSON)"));
  }
  profiles.current_ = TextIn(whole, "current");
  const auto found = whole.fields().find("profiles");
  if (found == whole.fields().end()) return profiles;
  for (const auto& [name, value] : found->second.struct_value().fields()) {
    const Struct& object = value.struct_value();
    profiles.all_[name] = {TextIn(object, kServer), TextIn(object, kKey), TextIn(object, kOrigin),
                           TextIn(object, kLogKey), TextIn(object, kAuthorities)};
  }
  return profiles;
}

std::string Profiles::ToJson() const {
  JsonObject profiles;
  for (const auto& [name, profile] : all_) profiles.Json(name, JsonOf(profile));
  return JsonObject().Text("current", current_).Json("profiles", profiles.str()).str();
}

absl::Status Profiles::Save() const {
  const std::filesystem::path folder = std::filesystem::path(path_).parent_path();
  std::error_code error;
  if (!folder.empty() && std::filesystem::create_directories(folder, error)) {
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  }
  return ReplaceFile(path_, ToJson() + "\n", 0600);
}

absl::StatusOr<Profile> Profiles::Get(const std::string& name) const {
  const auto found = all_.find(name.empty() ? current_ : name);
  if (found != all_.end()) return found->second;
  if (name.empty()) {
    return text::Problem(
        absl::StatusCode::kInvalidArgument,
        "还没有配置：先运行 suyuan profile set NAME --server HOST:PORT --key FILE",
        "no profile yet: run suyuan profile set NAME --server HOST:PORT --key FILE");
  }
  return text::Problem(absl::StatusCode::kInvalidArgument, StrCat("没有名为 ", name, " 的配置"),
                       StrCat("there is no profile ", name));
}

void Profiles::Set(const std::string& name, const Profile& profile) {
  if (current_.empty()) current_ = name;
  all_[name] = profile;
}

absl::Status Profiles::Use(const std::string& name) {
  RETURN_IF_ERROR(Get(name).status());
  current_ = name;
  return absl::OkStatus();
}

}  // namespace suyuan::cli
