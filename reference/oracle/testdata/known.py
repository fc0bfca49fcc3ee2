"""Writes known.txt: function, argument, 64 digits. Needs mpmath; run as: python3 known.py > known.txt"""
from mpmath import *
mp.prec=4000
A=mpf(.044715); L=mpf(1.0507009873554805); AL=mpf(1.6732632423543772)
def phi(x): return exp(-x*x/2)/sqrt(2*pi)
def Phi(x): return erfc(-x/sqrt(2))/2
def v(x): return 2*sqrt(2/pi)*(x+A*x**3)
def dv(x): return 2*sqrt(2/pi)*(1+3*A*x**2)
def s(x): return 1/(1+exp(-x))
F={
'Exp':lambda x:exp(x),'Expm1':lambda x:expm1(x),'Tanh':tanh,'Log1p':lambda x:log1p(x) if x>-1 else None,'Log':lambda x:log(x) if x>0 else None,
'Erf':erf,'Erfc':erfc,
'Sigmoid':s,'SigmoidDerivative':lambda x:s(x)*s(-x),'TanhDerivative':lambda x:4*exp(-2*abs(x))/(1+exp(-2*abs(x)))**2,
'ELU':lambda x:x if x>0 else mpf(0.3)*expm1(x),'ELUDerivative':lambda x:mpf(1) if x>0 else mpf(0.3)*exp(x),
'SELU':lambda x:L*x if x>0 else L*AL*expm1(x),'SELUDerivative':lambda x:L if x>0 else L*AL*exp(x),
'SiLU':lambda x:x*s(x),'SiLUDerivative':lambda x:s(x)*(1+x*s(-x)),'Softplus':lambda x:log1p(exp(x)),'SoftplusDerivative':s,
'GELU':lambda x:x*Phi(x),'GELUDerivative':lambda x:Phi(x)+x*phi(x),
'GELUTanh':lambda x:x*s(v(x)),'GELUTanhDerivative':lambda x:s(v(x))+x*dv(x)*s(v(x))*s(-v(x)),
}
xs=[1e-300,-1e-300,5e-324,-5e-324,1e-45,-1e-45,-1e-8,2.5e-3,-.0156,.0157,-.125,.3,-.6931471805599453,-.75179152469356445745,-.75246142207101626,-1.278464542761074,-.5,1.0,-1.0,2.0,-3.7,5.5,-8.25,9.0,-12.5,20.5,-27.3,-38.5,88.7,-100.25,-700.5,-745.2]
for n,f in F.items():
    for x in xs:
        y=f(mpf(x))
        if y is None or 0 < abs(y) < mpf(10)**-40000: continue
        print(n, float(x).hex(), nstr(y, 64))
for p in [.25,.75,.4999999,.075,.02425,1e-5,2.0**-65,1-2.0**-53,1e-300,5e-324,.9,.3]:
    x=mpf(-37 if p<1e-200 else -9 if p<1e-10 else -4 if p<1e-3 else 0)
    if p>1-1e-10:x=mpf(8)
    for _ in range(200):
        x=x-(Phi(x)-mpf(p))/phi(x)
    print('NormalQuantile', float(p).hex(), nstr(x, 64))
