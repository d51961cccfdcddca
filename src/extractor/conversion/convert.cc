#include "extractor/conversion/convert.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "base/os/fd.h"
#include "extractor/conversion/confine.h"
#include "extractor/conversion/private_folder.h"
#include "extractor/conversion/process_tree.h"
#include "extractor/kernel/descriptors.h"
#include "ingest/extract/office_converter.h"

namespace rappel::extractor {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr int kLookAfterMs = 10;

// Settings of LibreOffice that a document cannot change: no macros, no scripts, nothing from elsewhere.
constexpr const char* kProfile = R"(<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableActiveContent" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Content/Update"><prop oor:name="Link" oor:op="fuse"><value>1</value></prop></item>
<item oor:path="/org.openoffice.Office.Writer/Content/Update"><prop oor:name="Link" oor:op="fuse"><value>0</value></prop></item>
<item oor:path="/org.openoffice.Setup/Office"><prop oor:name="ooSetupInstCompleted" oor:op="fuse"><value>true</value></prop></item>
</oor:items>
)";

std::atomic<bool> asked_to_stop{false};

// The old format that LibreOffice is to expect.
std::string source_name(const std::string& target) {
  return "document." + target.substr(0, target.size() - 1);
}

bool write_new(const fs::path& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return static_cast<bool>(file.flush());
}

Status prepare(const fs::path& folder, const std::string& document, const std::string& target) {
  std::error_code error;
  fs::create_directories(folder / "profile" / "user", error);
  fs::create_directories(folder / "out", error);
  fs::create_directories(folder / "tmp", error);
  if (!error && write_new(folder / "profile" / "user" / "registrymodifications.xcu", kProfile) &&
      write_new(folder / source_name(target), document))
    return {};
  return Status(Code::kUnavailable, "the document cannot be written to " + folder.parent_path().string() +
                                        ": is there space left?");
}

[[noreturn]] void become(const fs::path& folder, const Conversion& how) {
  ::setpgid(0, 0);
  const int null = ::open("/dev/null", O_RDWR);
  for (int fd = 0; fd <= 2; ++fd) ::dup2(null, fd);
  close_others(STDERR_FILENO);
  std::error_code error;
  const fs::path program = fs::canonical(how.program, error);
  if (error || ::chdir(folder.c_str()) != 0 || !confine(folder, program)) ::_exit(127);
  std::vector<std::string> words = {how.program,
                                    "-env:UserInstallation=file://" + (folder / "profile").string(),
                                    "--headless",
                                    "--nologo",
                                    "--nodefault",
                                    "--norestore",
                                    "--nolockcheck",
                                    "--nofirststartwizard",
                                    "--convert-to",
                                    how.target,
                                    "--outdir",
                                    (folder / "out").string(),
                                    (folder / source_name(how.target)).string()};
  std::vector<std::string> variables = {"HOME=" + folder.string(), "TMPDIR=" + (folder / "tmp").string(),
                                        "PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "SAL_USE_VCLPLUGIN=svp"};
  std::vector<char*> arguments, environment;
  for (std::string& word : words) arguments.push_back(word.data());
  for (std::string& variable : variables) environment.push_back(variable.data());
  arguments.push_back(nullptr);
  environment.push_back(nullptr);
  ::execve(how.program.c_str(), arguments.data(), environment.data());
  ::_exit(127);
}

// Its exit status, 128 + the signal that killed it, or -1: it took too long, or this process is to stop.
int run(const fs::path& folder, const Conversion& how) {
  const auto deadline = Clock::now() + how.wall_time;
  const pid_t child = ::fork();
  if (child == 0) become(folder, how);
  if (child < 0) return 127;
  ::setpgid(child, child);
  int status = 0;
  bool ended = false;
  while (!ended && !asked_to_stop && Clock::now() < deadline) {
    ended = ::waitpid(child, &status, WNOHANG) == child;
    if (!ended) ::usleep(kLookAfterMs * 1000);
  }
  kill_all(child);
  if (!ended) return -1;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

Result<std::string> read_all(int descriptor, std::size_t most) {
  std::string bytes;
  std::array<char, 1 << 16> buffer;
  for (;;) {
    const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Status(Code::kUnavailable, std::string("cannot read: ") + std::strerror(errno));
    if (count == 0) return bytes;
    bytes.append(buffer.data(), static_cast<std::size_t>(count));
    if (bytes.size() > most)
      return Status(Code::kInvalidArgument,
                    "LibreOffice makes more than " + std::to_string(most >> 20) + " MB of the document");
  }
}

// The program could have put links in the place of folder and file.
Result<std::string> read_result(const fs::path& folder, const std::string& target) {
  const Fd out(::open((folder / "out").c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  const std::string name = "document." + target;
  const Fd file(
      out.get() < 0 ? -1 : ::openat(out.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
    return Status(
        Code::kInvalidArgument,
        "LibreOffice cannot convert the document; it is damaged or password protected, save it again "
        "from its own program");
  return read_all(file.get(), kMostConverted);
}

Status failure_of(int end, const Conversion& how) {
  if (asked_to_stop) return Status(Code::kCancelled, "the conversion was stopped");
  if (end < 0)
    return Status(Code::kInvalidArgument, "LibreOffice takes more than " +
                                              std::to_string(how.wall_time.count() / 1000) +
                                              " s to convert the document; save it in a newer format");
  if (end == 127)
    return Status(Code::kUnavailable, "LibreOffice cannot be started: check that " + how.program + " runs");
  if (end > 128)
    return Status(Code::kInvalidArgument, "LibreOffice crashed or used too much (signal " +
                                              std::to_string(end - 128) +
                                              ") when it converted the document; save it in a newer format");
  return {};
}

void stop_on(int signal) {
  struct sigaction action {};
  action.sa_handler = [](int) { asked_to_stop = true; };
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

Result<std::string> convert_input(const Conversion& how) {
  RAPPEL_ASSIGN(const std::string document, read_all(STDIN_FILENO, SIZE_MAX));
  return convert(document, how);
}

Result<std::string> convert(const std::string& document, const Conversion& how) {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) stop_on(signal);
  adopt_orphans();
  const char* parent = std::getenv("TMPDIR");
  RAPPEL_ASSIGN(const PrivateFolder folder, PrivateFolder::create(parent != nullptr ? parent : "/tmp"));
  RAPPEL_TRY(prepare(folder.path(), document, how.target));
  RAPPEL_TRY(failure_of(run(folder.path(), how), how));
  return read_result(folder.path(), how.target);
}

}  // namespace rappel::extractor
