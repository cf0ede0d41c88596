#include "cli/id_map.h"

#include <vector>

#include "absl/strings/str_split.h"
#include "cli/profile.h"
#include "cli/show.h"
#include "cli/value.h"
#include "services/text/problem.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::cli {

absl::StatusOr<IdMap> IdMap::Load(const std::string& path) {
  IdMap map;
  map.path_ = path;
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (absl::IsNotFound(text.status())) return map;
  if (!text.ok()) return text.status();
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(*text, '\n')) {
    ++number;
    if (line.empty()) continue;
    const std::vector<std::string> parts = absl::StrSplit(line, '\t');
    if (parts.size() != 3) {
      return text::Problem(absl::StatusCode::kInvalidArgument,
                           StrCat(path, " 第 ", number, " 行不是“种类、代号、编号”三项"),
                           StrCat(path, " line ", number, ": not collection, key and name"));
    }
    map.names_[{parts[0], parts[1]}] = parts[2];
  }
  return map;
}

absl::StatusOr<std::string> IdMap::Resolve(const std::string& collection,
                                           const std::string& key) const {
  const auto found = names_.find({collection, key});
  if (found != names_.end()) return found->second;
  absl::StatusOr<std::string> name = ResolveIds(collection, key);
  if (name.ok()) return name;
  return text::Problem(
      absl::StatusCode::kNotFound,
      StrCat("没有代号为“", key, "”的", CollectionWord(collection, Language::kChinese),
             "：先导入它，或写编号"),
      StrCat("no ", CollectionWord(collection, Language::kEnglish), " with the key '", key,
             "': import it first, or write its name"));
}

absl::Status IdMap::Learn(const std::string& key, const std::string& name) {
  const std::string collection = name.substr(0, name.find('/'));
  std::string& known = names_[{collection, key}];
  if (known == name) return absl::OkStatus();
  known = name;
  if (path_.empty()) return absl::OkStatus();
  std::ofstream file(path_, std::ios::binary | std::ios::app);
  file << collection << '\t' << key << '\t' << name << '\n';
  file.close();
  if (file) return absl::OkStatus();
  return text::Problem(absl::StatusCode::kInternal, StrCat("写不了文件 ", path_),
                       StrCat("cannot write ", path_));
}

void IdMap::Forget(const std::string& collection) {
  const auto begin = names_.lower_bound({collection, ""});
  names_.erase(begin, names_.lower_bound({collection + '\x01', ""}));
}

}  // namespace suyuan::cli
