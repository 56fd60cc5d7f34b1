//go:build linux

// An echo server in Go, as a peer of the bench: a goroutine for each client, each with a buffer of its own.
//
// It binds port 0 of the loopback, says `listening 127.0.0.1:PORT`, and serves until it is killed, or its
// parent dies. Its arguments are the backlog and the bytes of a buffer, which are the ladder's. Go sets
// TCP_NODELAY by itself. The bench builds it; by hand (apt install golang-go):
//
//	go build -o echo-go bench/peers/echo.go && ./echo-go 1024 16384
package main

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"syscall"
)

func main() {
	_, _, failed := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL), 0)
	if failed != 0 {
		die(failed)
	}
	listener := listen(number(1))
	bufferBytes := number(2)
	fmt.Println("listening", listener.Addr())
	for {
		client, err := listener.Accept()
		if err != nil {
			die(err)
		}
		go echo(client, bufferBytes)
	}
}

// The package net takes its backlog from the system's limit, so the socket is made by hand.
func listen(backlog int) net.Listener {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		die(err)
	}
	address := syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}
	if err := syscall.Bind(fd, &address); err != nil {
		die(err)
	}
	if err := syscall.Listen(fd, backlog); err != nil {
		die(err)
	}
	file := os.NewFile(uintptr(fd), "listener")
	listener, err := net.FileListener(file)
	if err != nil {
		die(err)
	}
	file.Close()
	return listener
}

func echo(client net.Conn, bufferBytes int) {
	defer client.Close()
	buffer := make([]byte, bufferBytes)
	for {
		read, err := client.Read(buffer)
		if err != nil {
			return
		}
		if _, err := client.Write(buffer[:read]); err != nil {
			return
		}
	}
}

func number(at int) int {
	number, err := strconv.Atoi(os.Args[at])
	if err != nil {
		die(err)
	}
	return number
}

func die(err error) {
	fmt.Fprintln(os.Stderr, "echo.go:", err)
	os.Exit(1)
}
