module portside.test/bench/load

go 1.22
