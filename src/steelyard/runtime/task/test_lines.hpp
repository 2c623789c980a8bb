#pragma once

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include <gtest/gtest.h>

#include "steelyard/runtime/task/lines_task.hpp"
#include "steelyard/runtime/task/test_support.hpp"

/// A process of `--lines` to test with.
namespace steelyard::test {

/// Does what its payload says; anything it does not know it gives back as the result.
inline constexpr std::string_view kObedientProcess = R"perl($| = 1;
$SIG{PIPE} = 'IGNORE';
$SIG{USR1} = sub { $told = 1 };
my ($folder) = $0 =~ m{^(.*)/};
sub tell_begun { open(my $file, '>', "$folder/begun"); print $file $$; close $file }
sub answer { my ($id, $rest) = @_; print "{\"id\":\"$id\",$rest}\n" }
while (<STDIN>) {
  next if /^{"cancel"/;
  if (/^{"evict":"(.*)"}/) { $evicted .= $1; next }
  if (/^{"load":"(.*)","id":"(.*)"}/) {
    answer($2, $1 eq 'broken' ? '"error":"no such file","load_failed":true' : '"loaded_s":0.25');
    next
  }
  my ($id) = /"id":"([^"]*)"/;
  my ($payload) = /"payload":(".*"),"attempt"/;
  $payload = '' unless defined $payload;
  if ($payload eq '"line"') { s/(["\\])/\\$1/g; s/\n//; answer($id, "\"result\":\"$_\"") }
  elsif ($payload eq '"process"') { answer($id, "\"result\":\"$$\"") }
  elsif ($payload eq '"base64"') { answer($id, '"result_base64":"//79"') }
  elsif ($payload eq '"error"') { answer($id, '"error":"no such model"') }
  elsif ($payload eq '"retry"') { answer($id, '"error":"busy","retry":true') }
  elsif ($payload eq '"progress"') {
    answer($id, '"progress":40'); answer($id, '"loaded_s":0.5'); answer($id, '"result":"done"')
  }
  elsif ($payload eq '"load, fail"') { answer($id, '"loaded_s":1'); answer($id, '"error":"no"') }
  elsif ($payload eq '"cannot load"') { answer($id, '"error":"no room","load_failed":true') }
  elsif ($payload eq '"large"') { answer($id, '"result":"done","state_bytes":4000000000') }
  elsif ($payload eq '"evicted"') { answer($id, "\"result\":\"$evicted\"") }
  elsif ($payload eq '"tell"') {
    answer($id, '"progress":40'); answer($id, '"partial":"one "'); answer($id, '"partial":{"a":2}');
    answer($id, '"progress":80,"partial_base64":"//79"'); answer($id, '"result":"told"')
  }
  elsif ($payload eq '"wrong progress"') { answer($id, '"progress":140') }
  elsif ($payload eq '"partials"') {
    answer($id, '"partial":"' . ('x' x 1000) . '"') for 1 .. 500; answer($id, '"result":"all"')
  }
  elsif ($payload eq '"partials, die"') {
    answer($id, '"partial":"' . ('x' x 1000) . '"') for 1 .. 10; exit 3
  }
  elsif ($payload eq '"many partials"') {
    tell_begun(); answer($id, '"partial":"' . ('x' x 1000) . '"') for 1 .. 50000;
  }
  elsif ($payload eq '"stop"') { tell_begun(); $line = <STDIN>; answer($id, '"stopped":true') }
  elsif ($payload eq '"stop unasked"') { answer($id, '"stopped":true') }
  elsif ($payload eq '"finish"') {
    tell_begun(); $line = <STDIN>; $line =~ s/"/\\"/g; chomp $line;
    answer($id, "\"result\":\"$line\"")
  }
  elsif ($payload eq '"fail"') {
    tell_begun(); $line = <STDIN>; answer($id, '"error":"broken off"')
  }
  elsif ($payload eq '"load, stop"') {
    tell_begun(); $line = <STDIN>; answer($id, '"loaded_s":1'); answer($id, '"stopped":true')
  }
  elsif ($payload eq '"exit"') { tell_begun(); $line = <STDIN>; print STDERR "bye\n"; exit 0 }
  elsif ($payload eq '"late"') {
    tell_begun(); $line = <STDIN>; sleep 1000; answer($id, '"result":"too late"')
  }
  elsif ($payload eq '"stubborn"') { $SIG{TERM} = 'IGNORE'; tell_begun(); sleep 1000 while 1 }
  elsif ($payload eq '"forward"') {
    answer($id, '"forward":{"queue":"q","payload":{"n":1},"state":"m2"}')
  }
  elsif ($payload eq '"unknown"') { answer('other', '"result":"x"'); answer($id, '"result":"y"') }
  elsif ($payload eq '"die"') { print STDERR "out of memory\n"; exit 3 }
  elsif ($payload eq '"answer, die"') { answer($id, "\"result\":\"$$\""); exit 0 }
  elsif ($payload eq '"garbage"') { print "loading model ...\n" }
  elsif ($payload eq '"flood"') { print 'x' x 65536 while 1 }
  elsif ($payload eq '"long line"') { answer($id, '"result":"' . ('x' x 3000) . '"') }
  elsif ($payload eq '"close output"') { close STDOUT; sleep 1000 }
  elsif ($payload eq '"close input"') { answer($id, '"result":"deaf"'); close STDIN; sleep 1000 }
  elsif ($payload eq '"log"') { print STDERR "on it\n"; answer($id, '"result":"logged"') }
  elsif ($payload eq '"log, garbage"') { print STDERR "on it\n"; print "loading ...\n" }
  elsif ($payload eq '"log later"') {
    answer($id, "\"result\":\"$$\"");
    until ($told) { sleep 1 }
    print STDERR "later\n"
  }
  elsif ($payload eq '"wait"') {
    tell_begun();
    until ($told) { sleep 1 }
    answer($id, '"result":"waited"')
  }
  elsif ($payload eq '"silent"') { sleep 1000 }
  else { answer($id, "\"result\":$payload") }
}
print STDERR "end of input\n";
)perl";

struct JobText {
  std::string_view payload;
  std::string_view state;
  std::string_view id = "7-1";
  JobControl* control = nullptr;
};

class LinesTaskTest : public testing::Test {
 protected:
  LinesTaskOptions options(std::string_view command = {}) {
    const std::string obedient = "perl " + folder_.file("obedient", kObedientProcess);
    return {.command = test::command(command.empty() ? obedient : command),
            .guard = guard_,
            .processes = 1,
            .max_line_bytes = std::size_t{64} << 20,
            .restart_first_ms = std::chrono::milliseconds(1)};
  }
  /// The result, or the error's text after what kind it is.
  std::string run(LinesWorkers& workers, const JobText& job) {
    const Work work{.queue = "q",
                    .payload = job.payload,
                    .state = job.state,
                    .user = {},
                    .id = job.id,
                    .attempt = 2,
                    .control = job.control};
    // Several threads run jobs.
    WorkerState own;
    WorkerState& state = std::this_thread::get_id() == thread_ ? state_ : own;
    state.begin_job();
    try {
      const Answer answer = workers.run(work, state);
      if (const auto* forward = std::get_if<Forward>(&answer)) {
        return "to " + forward->queue + " with state " + forward->state + ": " + forward->payload;
      }
      return std::get<std::string>(answer);
    } catch (const StoppedError& error) {
      return std::string(error.was_killed() ? "killed: " : "complied: ") + error.what();
    } catch (const WorkerDiedError& error) {
      return std::string("died: ") + error.what();
    } catch (const RetryableError& error) {
      return std::string("retry: ") + error.what();
    } catch (const std::runtime_error& error) {
      return std::string("error: ") + error.what();
    }
  }
  std::string run(LinesWorkers& workers, std::string_view payload) {
    return run(workers, JobText{payload, ""});
  }
  /// Until the process has begun a job that says so; returns its process id.
  pid_t wait_until_begun() {
    EXPECT_TRUE(eventually([&] { return !folder_.text_of("begun").empty(); }));
    return std::stoi("0" + folder_.text_of("begun"));
  }

  TestFiles folder_;
  std::shared_ptr<ChildGuard> guard_ = new_guard();
  WorkerState state_;
  const std::thread::id thread_ = std::this_thread::get_id();
};

}  // namespace steelyard::test
