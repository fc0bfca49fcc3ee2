package reproduce

// experiments are in the order of the lecture.
var experiments = []Experiment{
	lectureWidths,
	glorot2010,
	he2015Variance,
	sussillo2014,
	isometry,
	lsuv,
	kraehenbuehl,
	fixupStart,
	selu,
	meanField,
	edgeOfChaos,
	phaseDiagram,
	reluCorrelation,
	sigmoidProblems,
	activationProblems,
	saxe,
	heTraining,
	isometryTraining,
	fixup,
	lottery,
}
