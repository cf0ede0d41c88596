// Whom the command line speaks to and as whom: kept in one file, mode 0600.
#pragma once

#include <map>
#include <string>

#include "absl/status/statusor.h"

namespace suyuan::cli {

struct Profile {
  std::string server;    // "127.0.0.1:7100" or "unix:/path".
  std::string key_file;  // PKCS#8 PEM; empty: only public methods answer.
  // Pinned when the server first answers. A server that has another origin or log key is refused.
  std::string origin;
  std::string log_key;  // C2SP verifier key.
  // PEM file of the authorities the server's certificate is believed on; empty: the system's, or no
  // TLS at all where the server is on this machine.
  std::string authorities;
  bool operator==(const Profile&) const = default;
};

// The file of profiles. Thread-compatible.
class Profiles {
 public:
  // A file that is not there is an empty one. INVALID_ARGUMENT: it is not ours.
  static absl::StatusOr<Profiles> Load(const std::string& path);

  std::string ToJson() const;
  // Replaces the file at once (written beside it, synced, renamed), with mode 0600; makes its
  // folder with mode 0700.
  absl::Status Save() const;

  const std::string& path() const { return path_; }
  const std::string& current() const { return current_; }
  const std::map<std::string, Profile>& all() const { return all_; }
  // NOT_FOUND. An empty name: the current one.
  absl::StatusOr<Profile> Get(const std::string& name) const;
  // The first profile set becomes the current one.
  void Set(const std::string& name, const Profile& profile);
  absl::Status Use(const std::string& name);

 private:
  std::string path_;
  std::string current_;
  std::map<std::string, Profile> all_;
};

// Replaces a file at once: written beside it with `mode`, synced, renamed.
absl::Status ReplaceFile(const std::string& path, const std::string& bytes, int mode);
// NOT_FOUND, or INVALID_ARGUMENT for what is no file, with the path.
absl::StatusOr<std::string> ReadFile(const std::string& path);

}  // namespace suyuan::cli
