package cli

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"actinit/harness/filter"
)

// checkArguments makes every command say what it takes when it is given something else.
func checkArguments(cmd *cobra.Command) {
	if !cmd.HasSubCommands() {
		check := cmd.Args
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if check == nil || check(cmd, args) == nil {
				return nil
			}
			return fmt.Errorf("%s cannot be called with %s%s; usage: %s", cmd.Name(), quoted(args), parted(cmd), cmd.UseLine())
		}
		return
	}
	var names []string
	for _, sub := range cmd.Commands() {
		names = append(names, sub.Name())
		checkArguments(sub)
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return fmt.Errorf("unknown command %q for %q%s; commands are %s", args[0], cmd.CommandPath(), didYouMean(args[0], names), strings.Join(names, ", "))
	}
}

// quoted lists arguments in quotes; "no argument" if there is none.
func quoted(args []string) string {
	if len(args) == 0 {
		return "no argument"
	}
	words := make([]string, len(args))
	for i, arg := range args {
		words[i] = strconv.Quote(arg)
	}
	return strings.Join(words, " ")
}

// parted says that a flag's list ends with a comma, and so was probably written with a blank behind it.
func parted(cmd *cobra.Command) (hint string) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if list, ok := f.Value.(pflag.SliceValue); ok && slices.Contains(list.GetSlice(), "") {
			hint = fmt.Sprintf(" (--%s x,y is written without blanks)", f.Name)
		}
	})
	return hint
}

// didYouMean names the candidate that word is a slip of, if there is one.
func didYouMean(word string, candidates []string) string {
	if near, ok := filter.Nearest(word, candidates); ok {
		return fmt.Sprintf(" (did you mean %s?)", near)
	}
	return ""
}

// notNumber is what package strconv says of a flag's value that is no number.
var notNumber = regexp.MustCompile(`strconv\.(\w+): parsing ("[^"]*"): (?:invalid syntax|value out of range)`)

// flagError says what would be right in place of a flag that there is not, or of a number that is none.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		hint := ""
		if near, ok := filter.Nearest(unknown.GetSpecifiedName(), names); ok {
			hint = fmt.Sprintf(" (did you mean --%s?)", near)
		}
		return fmt.Errorf("%w%s; %s -h lists all", err, hint, cmd.CommandPath())
	}
	m := notNumber.FindStringSubmatch(err.Error())
	if m == nil {
		return err
	}
	want := map[string]string{"ParseFloat": "a number", "ParseUint": "a whole number from 0"}[m[1]]
	return errors.New(notNumber.ReplaceAllLiteralString(err.Error(), "want "+cmp.Or(want, "a whole number")))
}

// usageLine makes cobra's help show one way to call a command that has commands.
var usageLine = strings.NewReplacer(
	"{{if .Runnable}}\n  {{.UseLine}}{{end}}{{if .HasAvailableSubCommands}}\n  {{.CommandPath}} [command]{{end}}",
	"{{if .HasAvailableSubCommands}}\n  {{.CommandPath}} COMMAND [flags]{{else}}\n  {{.UseLine}}{{end}}",
	"[command] --help", "COMMAND --help")

// newHelp is cobra's command help, but for topics that there are not.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND ...]",
		Short:   "what a command does, and its flags",
		Example: `  actinit help runs join`,
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			switch {
			case err != nil:
				return err
			case len(rest) > 0 && about.HasSubCommands():
				return about.Args(about, rest)
			case len(rest) > 0:
				return fmt.Errorf("%s has no command %q; %s -h tells what it has", about.CommandPath(), rest[0], about.CommandPath())
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}

// refuseEmpty refuses flags that are given without a value, such as --id "$NAME" where NAME is not set: as if
// left out, they would have the command do something else. An empty filter selects all, as its syntax has it.
func refuseEmpty(cmd *cobra.Command) error {
	var empty error
	cmd.Flags().Visit(func(f *pflag.Flag) {
		value := f.Value.String()
		if list, ok := f.Value.(pflag.SliceValue); ok {
			value = strings.Join(list.GetSlice(), "")
		}
		if value == "" && f.Name != "filter" && empty == nil {
			empty = fmt.Errorf("--%s is given an empty value: give one, or leave the flag out", f.Name)
		}
	})
	return empty
}
