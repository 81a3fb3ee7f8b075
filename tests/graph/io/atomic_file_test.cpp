#include "scratch_folder.hpp"

#include <morph/graph/io/atomic_file.hpp>

#include <catch2/catch.hpp>

#include <csignal>
#include <sys/resource.h>
#include <sys/stat.h>

using namespace morph;

TEST_CASE("a file is replaced when it is committed, not before") {
  scratch_folder folder;
  auto file = folder.write("x", "old");
  {
    auto x = unwrap(atomic_file::create(file));
    REQUIRE(x.write("new"));
    CHECK(scratch_folder::read(file) == "old");
    REQUIRE(x.commit());
    CHECK(scratch_folder::read(file) == "new");
  }
  CHECK(scratch_folder::read(file) == "new");
  CHECK(folder.count() == 1);
}

TEST_CASE("a file that is given up leaves the old one and nothing else") {
  scratch_folder folder;
  auto file = folder.write("x", "old");
  {
    auto x = unwrap(atomic_file::create(file));
    REQUIRE(x.write("new"));
    CHECK(folder.count() == 2);
  }
  CHECK(scratch_folder::read(file) == "old");
  CHECK(folder.count() == 1);
}

TEST_CASE("a full disk keeps the old file") {
  scratch_folder folder;
  auto file = folder.write("x", "old");
  // A limit on the size of files stands for a disk without space.
  auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  auto limit = before;
  limit.rlim_cur = 4096;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  auto ok = [&]() -> result<void> {
    auto x = unwrap(atomic_file::create(file));
    return x.write(std::string(10000, 'x'));
  }();
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  std::signal(SIGXFSZ, handler);
  REQUIRE_FALSE(ok);
  CHECK(ok.error().code == errc::write_failed);
  CHECK(scratch_folder::read(file) == "old");
  CHECK(folder.count() == 1);
}

TEST_CASE("permissions and symbolic links outlive a replacement") {
  scratch_folder folder;
  auto file = folder.write("x", "old");
  REQUIRE(::chmod(file.c_str(), 0640) == 0);
  auto link = folder.path() / "link";
  std::filesystem::create_symlink(file, link);
  auto x = unwrap(atomic_file::create(link));
  REQUIRE(x.write("new"));
  REQUIRE(x.commit());
  CHECK(std::filesystem::is_symlink(link));
  CHECK(scratch_folder::read(file) == "new");

  struct stat info {};

  REQUIRE(::stat(file.c_str(), &info) == 0);
  CHECK((info.st_mode & 07777) == 0640);
}

TEST_CASE("what is no file is not replaced") {
  scratch_folder folder;
  auto dir = atomic_file::create(folder.path());
  REQUIRE_FALSE(dir);
  CHECK(dir.error().code == errc::write_failed);
  CHECK_FALSE(atomic_file::create("/dev/null"));
}
