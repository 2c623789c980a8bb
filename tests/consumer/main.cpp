// A stranger's program: the smallest use of the installed library, and one of its largest part.
#include <steelyard/service/core.hpp>
#include <steelyard/steelyard.hpp>

int main() {
  steelyard::Balancer balancer({.workers = 2});
  auto sum = balancer.submit([](int a, int b) { return a + b; }, 2, 3);
  const bool is_refused = !steelyard::Core::start("there is no such file");
  return sum.wait().value() == 5 && is_refused ? 0 : 1;
}
