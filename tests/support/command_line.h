// The command line in a test, against a system of the test.
#pragma once

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "cli/program.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "tests/support/system.h"

namespace suyuan::test {

struct Ran {
  int code = 0;
  std::string out;
  std::string err;

  // The value at the top level of the JSON object on stdout.
  google::protobuf::Value operator[](const std::string& field) const {
    google::protobuf::Struct object;
    const bool parsed = google::protobuf::util::JsonStringToMessage(out, &object).ok();
    EXPECT_TRUE(parsed && object.fields().contains(field)) << field << " in " << out << err;
    return parsed && object.fields().contains(field) ? object.fields().at(field)
                                                     : google::protobuf::Value();
  }
  std::string Text(const std::string& field) const { return (*this)[field].string_value(); }
  int Number(const std::string& field) const {
    return static_cast<int>((*this)[field].number_value());
  }
};

// A user's machine: a folder with profiles, keys and tables. Thread-compatible.
class CommandLine {
 public:
  explicit CommandLine(System* system) : system_(system) {
    SetProfile("operator", system->dir() + "/keys/operator.pem");
    SetProfile("operator-2", system->dir() + "/keys/operator-2.pem");
  }

  Ran Run(const std::string& profile, std::vector<std::string> arguments) {
    std::vector<std::string> all = {
        "--config", path("config.json"), "--profile", profile, "--json", "--lang", "en"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    std::ostringstream out, err;
    Ran ran;
    ran.code = cli::RunProgram(all, &system_->clock(), &out, &err);
    ran.out = out.str();
    ran.err = err.str();
    return ran;
  }
  void SetProfile(const std::string& name, const std::string& key_file) {
    EXPECT_EQ(
        Run(name, {"profile", "set", name, "--server", system_->grpc_target(), "--key", key_file})
            .code,
        0);
  }
  // A party with a manager, who takes up an invitation; its profile has the party's name.
  std::string AddParty(const std::string& name, const std::string& role) {
    const bool granted = role == "regulator" || role == "lab";
    std::vector<std::string> registration = {"party", "register", "--name", name};
    if (!granted) registration.insert(registration.end(), {"--role", role});
    const std::string party = Run("operator", registration).Text("party");
    if (granted) Grant(party, role);
    const std::string key = path(name + ".pem");
    const std::string code =
        Run("operator", {"member", "invite", "--party", party, "--role", "manager"}).Text("code");
    EXPECT_EQ(Run(name, {"profile", "set", name, "--server", system_->grpc_target()}).code, 0);
    EXPECT_EQ(Run(name, {"key", "enroll", key, "--code", code}).code, 0);
    return party;
  }
  // For years, by two operators.
  void Grant(const std::string& party, const std::string& role) {
    std::vector<std::string> give = {"grant", "give", "--party", party, "--role", role};
    if (role == "lab") {
      give.insert(give.end(), {"--until", "2099-01-01T00:00+08:00", "--certificate", "CATL-0001",
                               "--parameter", "毒死蜱"});
    }
    const std::string proposal = Run("operator", give).Text("proposal");
    EXPECT_EQ(Run("operator-2", {"grant", "approve", proposal}).code, 0);
  }
  std::string path(const std::string& name) const { return dir_ / name; }
  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
  }

 private:
  System* const system_;
  const TempDir dir_;
};

}  // namespace suyuan::test
