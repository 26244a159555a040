#include <sluice/base/intrusive_list.hpp>

#include <list>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>

#include <sluice/base/random.hpp>

using namespace sluice;

namespace {

struct other_list {};
struct item : list_node<>, list_node<other_list> {
  explicit item(int number) : value(number) {}
  int value;
};

auto joined(item const& one) -> bool { return static_cast<list_node<> const&>(one).linked(); }

auto values(intrusive_list<item> const& list) {
  std::vector<int> all;
  list.for_each([&](item const& one) { all.push_back(one.value); });
  return all;
}

}  // namespace

TEST_CASE("elements stand in the order in which they joined, at either end", "[base]") {
  item a{1};
  item b{2};
  item c{3};
  intrusive_list<item> list;
  CHECK(list.empty());
  CHECK(list.pop_front() == nullptr);
  list.push_back(b);
  list.push_back(c);
  list.push_front(a);
  CHECK(values(list) == std::vector{1, 2, 3});
  CHECK(list.size() == 3);
  CHECK(&list.front() == &a);
  CHECK(joined(b));
  list.remove(b);
  CHECK_FALSE(joined(b));
  CHECK(values(list) == std::vector{1, 3});
  CHECK(list.pop_front() == &a);
  CHECK(list.pop_front() == &c);
  CHECK(list.empty());
  CHECK(list.size() == 0);
}

TEST_CASE("one object stands in several lists", "[base]") {
  item a{1};
  intrusive_list<item> first;
  intrusive_list<item, other_list> second;
  first.push_back(a);
  second.push_back(a);
  CHECK(first.pop_front() == &a);
  CHECK(second.size() == 1);
  CHECK(second.pop_front() == &a);
}

TEST_CASE("an intrusive list does what a list does", "[base]") {
  random_source random{static_cast<std::uint64_t>(GENERATE(range(0, 8)))};
  std::vector<item> items;
  for (int i = 0; i < 20; ++i) items.emplace_back(i);
  intrusive_list<item> list;
  std::list<int> model;
  for (int step = 0; step < 500; ++step) {
    auto& one = items[random.below(items.size())];
    if (joined(one)) {
      list.remove(one);
      model.remove(one.value);
    } else if (random.below(2) == 0) {
      list.push_back(one);
      model.push_back(one.value);
    } else {
      list.push_front(one);
      model.push_front(one.value);
    }
    REQUIRE(list.size() == model.size());
    REQUIRE(values(list) == std::vector<int>(model.begin(), model.end()));
  }
  while (list.pop_front() != nullptr) {
  }
}
