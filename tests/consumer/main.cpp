// A stranger's program: the smallest use of the installed library.
#include <steelyard/steelyard.hpp>

int main() {
  steelyard::Balancer balancer({.workers = 2});
  auto sum = balancer.submit([](int a, int b) { return a + b; }, 2, 3);
  return sum.wait().value() == 5 ? 0 : 1;
}
