module sluice/native-bench/go

go 1.19
